import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deadline } from '../test/helpers/deadline.ts';

const START_MS = 60_000;

export type ServeProcess = {
  readonly pid: number;
  readonly url: string;
  /** Of the same supervisors, for whoever wants to watch them without it. */
  readonly configPath: string;
  /** A GET, or a POST of a form. */
  fetch(path: string, form?: Readonly<Record<string, string>>): Promise<Response>;
  text(path: string): Promise<string>;
  stop(): Promise<void>;
};

/** `multivisor serve` in a process of its own, as users run it, over these supervisors. */
export async function startServe(
  command: string,
  supervisors: readonly { readonly name: string; readonly url: string }[],
): Promise<ServeProcess> {
  const dir = await mkdtemp(join(tmpdir(), 'mv-bench-serve-'));
  const configPath = join(dir, 'multivisor.conf');
  await writeFile(configPath, supervisors.map(({ name, url }) => `[supervisor:${name}]\nurl = ${url}\n`).join('\n'));
  const child = spawn(process.execPath, [command, 'serve', '-c', configPath, '--bind', '127.0.0.1:0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await rm(dir, { recursive: true, force: true });
  };
  const listening = new Promise<string>((resolve, reject) => {
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const url = / at (http:\S+)/.exec(said)?.[1];
      if (url !== undefined) resolve(url);
    });
    child.once('exit', () => reject(new Error(`multivisor serve ended instead of starting: ${said}`)));
  });
  try {
    const url = await deadline(listening, START_MS, 'multivisor serve listens');
    const ask: ServeProcess['fetch'] = (path, form) => {
      const post = form && { method: 'POST', body: new URLSearchParams(form) };
      return fetch(url + path, { signal: AbortSignal.timeout(START_MS), ...post });
    };
    return {
      pid: child.pid ?? 0,
      url,
      configPath,
      fetch: ask,
      text: async (path) => (await ask(path)).text(),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
