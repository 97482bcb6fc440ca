// A program of the user's own, given the message as JSON on its stdin. What it leaves behind is ended with it.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { WaitOptions } from '../../../core/ports.ts';
import type { Answer } from './channel.ts';

const SHOWN = 200;
const HELD = 4_096;

export function runProgram(
  [program, ...args]: readonly [string, ...string[]],
  input: string,
  { signal }: WaitOptions,
): Promise<Answer> {
  return new Promise((resolve) => {
    // A group of its own, so that all of it can be ended.
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    let output = '';
    const take = (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-HELD);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    // A program that does not read what it is told is no failure of ours: its exit code says what came of it.
    child.stdin.on('error', () => child.stdin.destroy());
    child.stdin.end(input);
    const end = () => killGroup(child);
    signal.addEventListener('abort', end, { once: true });
    const settle = (answer: Answer) => {
      signal.removeEventListener('abort', end);
      killGroup(child);
      resolve(answer);
    };
    child.once('error', (error) => settle({ ok: false, refused: false, said: error.message }));
    child.once('exit', (code, by) => {
      // Of what it started something may hold its output open for ever: what has come until now counts.
      const words = output.replace(/\s+/gu, ' ').trim().slice(0, SHOWN);
      const said = (how: string) => (words === '' ? how : `${how}: ${words}`);
      if (code === 0) settle({ ok: true, said: said('exit 0') });
      else if (signal.aborted) settle({ ok: false, refused: false, said: said('it did not end in time') });
      else settle({ ok: false, refused: false, said: said(by === null ? `exit ${code}` : `killed by ${by}`) });
    });
  });
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // Nothing of it is left.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
