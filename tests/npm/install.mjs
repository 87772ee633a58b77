// install.mjs NPM FOLDER: `npm ci` there, by its lock file. The fixture of the other tests here.
import { spawnSync } from 'node:child_process';

const [npm, folder] = process.argv.slice(2);
// No package's scripts run; what was fetched once is taken from npm's cache. Without a network the
// answer comes in seconds: npm's own waits between its two retries add up to over a minute.
const options = [
  'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline',
  '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000',
];
const done = spawnSync(npm, options, { cwd: folder, encoding: 'utf8' });
if (done.status === 0) {
  console.log('the packages of package-lock.json are installed');
} else {
  console.error(done.error ?? done.stderr);
  console.error(
    'FAILED: npm ci did not install the packages of tests/npm/package-lock.json. This test needs\n' +
      'a registry that npm can reach, or npm\'s cache filled by an earlier run. Without npm or\n' +
      'node at configure time the cross-check does not exist.');
  process.exit(1);
}
