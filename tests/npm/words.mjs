// words.mjs PACKAGES CASES: every amount in words, as read-vietnamese-number reads it.
import { createRequire } from 'node:module';
import { casesOf } from './cases.mjs';

const [packages, program] = process.argv.slice(2);
const { ReadingConfig, doReadNumber } = createRequire(`${packages}/package.json`)(
  'read-vietnamese-number');

const AMOUNTS_MIN = 200_000; // fewer means that the generator broke

function config(thousand, noTens) {
  const made = new ReadingConfig();
  made.unit = []; // the currency is said by the sentence
  made.units = [[], [thousand], ['triệu'], ['tỷ']];
  made.oddText = noTens;
  return made;
}
const north = config('nghìn', 'linh');
const south = config('ngàn', 'lẻ');

let amounts = 0;
let wrong = 0;
for await (const { amount, words_north, words_south } of casesOf(program, 'words')) {
  ++amounts;
  for (const [ours, theirs] of [
    [words_north, doReadNumber(amount, north)],
    [words_south, doReadNumber(amount, south)],
  ]) {
    if (ours === theirs) continue;
    if (++wrong <= 10) console.error(`${amount}\n  qrpay  ${ours}\n  theirs ${theirs}`);
  }
}
console.log(`${amounts} amounts in both regions, ${wrong} differences`);
process.exit(wrong === 0 && amounts >= AMOUNTS_MIN ? 0 : 1);
