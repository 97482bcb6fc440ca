// A real nginx or haproxy in front of a supervisord, for one test. Nothing of it is left behind.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPeer } from '../peers.ts';
import { freePort, portOpens } from '../free-port.ts';

export type Proxy = {
  readonly port: number;
  /** What it wrote about itself so far. */
  readonly output: () => string;
  readonly stop: () => Promise<void>;
};

/** For a run that is cut short: nothing may be left behind even then. */
const lastResorts = new Set<() => void>();
process.once('exit', () => lastResorts.forEach((end) => end()));

const CACHES = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

/** `lines`: of the server block, after its `listen`; `listen`: what follows the port there, such as `ssl`. */
export function startNginx(lines: string, listen = ''): Promise<Proxy> {
  return start('nginx', (dir, port) => ({
    args: ['-p', dir, '-c', join(dir, 'proxy.conf')],
    text:
      `daemon off;\nmaster_process off;\npid ${dir}/pid;\nerror_log ${dir}/error.log;\nevents {}\n` +
      `http {\naccess_log off;\n${CACHES.map((name) => `${name}_temp_path ${dir}/${name};\n`).join('')}` +
      `server {\nlisten 127.0.0.1:${port} ${listen};\n${lines}\n}\n}\n`,
  }));
}

/** `lines`: of the `listen` section, after its `bind`. */
export function startHaproxy(lines: string): Promise<Proxy> {
  return start('haproxy', (dir, port) => ({
    args: ['-db', '-f', join(dir, 'proxy.conf')],
    text: `defaults\ntimeout connect 2s\nlisten proxy\nbind 127.0.0.1:${port}\n${lines}\n`,
  }));
}

type Layout = { readonly args: readonly string[]; readonly text: string };

async function start(peer: 'nginx' | 'haproxy', layout: (dir: string, port: number) => Layout): Promise<Proxy> {
  const dir = await mkdtemp(join(tmpdir(), 'mv-proxy-'));
  const port = await freePort();
  const { args, text } = layout(dir, port);
  await writeFile(join(dir, 'proxy.conf'), text);
  const child = spawn(findPeer(peer) ?? peer, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = once(child, 'exit');
  const end = () => child.kill('SIGKILL');
  lastResorts.add(end);
  const stop = async () => {
    lastResorts.delete(end);
    child.kill('SIGKILL');
    await exited;
    await rm(dir, { recursive: true, force: true });
  };
  const ended = exited.then(() => {
    throw new Error(`${peer} ended instead of starting:\n${output}`);
  });
  ended.catch(() => 'once it listens, its end is awaited where it is ended');
  try {
    await Promise.race([ended, portOpens(port)]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, output: () => output, stop };
}
