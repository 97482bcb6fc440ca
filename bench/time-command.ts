import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Milliseconds from the start of a command to its end; what it prints goes nowhere. */
export async function timeCommand(
  command: string,
  args: readonly string[],
  expected: readonly number[] = [0],
): Promise<number> {
  const began = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [code]: unknown[] = await once(child, 'close');
  const spent = performance.now() - began;
  if (typeof code !== 'number' || !expected.includes(code)) {
    throw new Error(`${command} ${args.join(' ')} ended with ${String(code)}: ${said}`);
  }
  return spent;
}
