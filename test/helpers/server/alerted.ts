// A real supervisord and a `multivisor serve` over it that tells of what goes wrong.
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { Running } from '../../cli/run-main.ts';
import { makeFolder, startChild } from '../../cli/run-main.ts';
import { eventually } from '../deadline.ts';
import type { Supervisord } from '../supervisord/supervisord.ts';
import { startSupervisord } from '../supervisord/supervisord.ts';

/** `fails` is given up at once; `crash` runs until it is killed and is not started again. */
const PROGRAMS = `
[program:fails]
command=sh -c "echo no disk left >&2; exit 3"
autostart=false
startretries=0
[program:crash]
command=sleep 1000
autorestart=false
startsecs=0
`;

export type Alerted = {
  readonly host: Supervisord;
  readonly folder: string;
  readonly config: string;
  readonly stateDir: string;
  readonly audit: string;
  /** Another server over the same configuration and state; the one before must have ended. */
  readonly serve: () => Promise<{ readonly running: Running; readonly url: string }>;
  /** Writes the configuration anew. */
  readonly write: (text: string) => Promise<string>;
};

export type AlertedOptions = {
  readonly programs?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Beside the supervisor. */
  readonly sections: string;
  readonly files?: Readonly<Record<string, string>>;
  /** Of whoever asks how it is. */
  readonly headers?: Readonly<Record<string, string>>;
};

const SERVE_MS = 30_000;

/** All of it is ended with the test. */
export async function openAlerted(t: ExecutionContext, options: AlertedOptions): Promise<Alerted> {
  const [host, folder] = await Promise.all([
    startSupervisord({ programs: options.programs ?? PROGRAMS }),
    makeFolder(),
  ]);
  const ends: (() => Promise<unknown>)[] = [];
  t.teardown(async () => {
    await Promise.all(ends.map((end) => end()));
    await host.stop();
    await folder.remove();
  });
  const write = (text: string) =>
    folder.write('multivisor.conf', `[global]\nname = lab\n[supervisor:a]\nurl = ${host.url}\n${text}`);
  for (const [name, text] of Object.entries(options.files ?? {})) await folder.write(name, text);
  const config = await write(options.sections);
  const stateDir = join(folder.path, 'state');
  const audit = join(folder.path, 'audit.log');
  return {
    host,
    folder: folder.path,
    config,
    stateDir,
    audit,
    write,
    serve: async () => {
      const args = ['serve', '-c', config, '--bind', '127.0.0.1:0', '--state-dir', stateDir, '--audit', audit];
      const running = startChild(args, { unbounded: true, ...(options.env && { env: options.env }) });
      ends.push(async () => {
        running.child.kill('SIGKILL');
        await running.ended;
      });
      const url = await eventually(
        () => /at (http:\S+)/.exec(running.stderr())?.[1] ?? '',
        (found) => found !== '',
        { what: `it serves: ${running.stderr()}`, ms: SERVE_MS },
      );
      // What is known of the host is what alerts begin with.
      await eventually(
        () => fetch(`${url}/api/v1/status`, { headers: options.headers ?? {} }).then((response) => response.text()),
        (text) => text.includes('"up"'),
        { what: 'the supervisor is up', ms: SERVE_MS },
      );
      return { running, url };
    },
  };
}
