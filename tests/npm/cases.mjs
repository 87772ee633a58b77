// The lines of npm_cases, one JSON object each.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/// Throws when the program fails, so that half a list is never taken for a whole one.
export async function* casesOf(program, subject) {
  const child = spawn(program, [subject], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  for await (const line of createInterface({ input: child.stdout })) yield JSON.parse(line);
  const [status] = await closed;
  if (status !== 0) throw new Error(`${program} ${subject} ended with ${status}`);
}
