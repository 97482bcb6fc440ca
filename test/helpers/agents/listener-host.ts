// A real supervisord with our listener under it, in either of its two forms, and no other way in.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { build } from 'esbuild';
import type { TcpAddress } from '../../../src/bridge/link/tcp-address.ts';
import type { SupervisorConfig } from '../../../src/core/config/types.ts';
import type { Certificate } from '../server/certificate.ts';
import { freePort, portOpens } from '../free-port.ts';
import { findPeer } from '../peers.ts';
import type { Supervisord } from '../supervisord/supervisord.ts';
import { startSupervisord } from '../supervisord/supervisord.ts';

export const LISTENER_AGENTS = ['node', 'python'] as const;
export type ListenerAgent = (typeof LISTENER_AGENTS)[number];

export const LISTENER_PROGRAM = 'multivisor';

export type ListenerHost = Supervisord & {
  readonly port: number;
  /** Resolves when its port is open. */
  listens(): Promise<void>;
  /** A configuration of ours that reaches the listener. */
  listenerConfig(overrides?: Partial<SupervisorConfig>): SupervisorConfig & { readonly address: TcpAddress };
};

export type ListenerHostOptions = {
  readonly programs?: string;
  /** supervisord's own is 10. */
  readonly bufferSize?: number;
  readonly token?: string;
  readonly tls?: Certificate;
  /** The bundled command; without it the listener runs from the source. */
  readonly bundle?: string;
  /** Which events it gets; those that multivisor needs when left out. */
  readonly events?: string;
};

const EVENTS = 'PROCESS_STATE,PROCESS_GROUP,SUPERVISOR_STATE_CHANGE';
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** What stands in `command=`, without its options. `bundle`: of the whole command; else one of the listener alone. */
export async function listenerCommand(agent: ListenerAgent, bundle?: string): Promise<string> {
  if (agent === 'python') return `${findPeer('python3') ?? 'python3'} ${join(ROOT, 'python/multivisor_listener.py')}`;
  return bundle === undefined
    ? `${process.execPath} ${await (bundled ??= bundleListener())}`
    : `${process.execPath} ${bundle} listener`;
}

/** Loading it from the source takes a second of CPU, for each of many supervisords at the same time. */
let bundled: Promise<string> | undefined;

async function bundleListener(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'mv-listener-'));
  process.once('exit', () => rmSync(dir, { recursive: true, force: true }));
  const outfile = join(dir, 'listener.mjs');
  const entry = join(ROOT, 'test/helpers/agents/listener-entry.ts');
  await build({ entryPoints: [entry], bundle: true, platform: 'node', format: 'esm', target: 'node20', outfile });
  return outfile;
}

/** An [eventlistener:…] of it. */
export function listenerSection(command: string, options: readonly string[] = [], events = EVENTS): string {
  const lines = [
    `[eventlistener:${LISTENER_PROGRAM}]`,
    `command=${command}`,
    `directory=${ROOT}`,
    `events=${events}`,
    'stderr_logfile=NONE',
    'stopwaitsecs=3',
    ...options,
  ];
  return `${lines.join('\n')}\n\n`;
}

export async function startListenerHost(
  agent: ListenerAgent,
  options: ListenerHostOptions = {},
): Promise<ListenerHost> {
  const port = await freePort();
  const { token, tls, bufferSize } = options;
  const secrets = await mkdtemp(join(tmpdir(), 'mv-token-'));
  const tokenFile = join(secrets, 'token');
  if (token !== undefined) await writeFile(tokenFile, `${token}\n`);
  const words = [
    `${await listenerCommand(agent, options.bundle)} --bind 127.0.0.1:${port}`,
    token === undefined ? '' : `--token-file ${tokenFile}`,
    tls === undefined ? '' : `--tls-cert ${tls.certFile} --tls-key ${tls.keyFile}`,
  ];
  const buffer = bufferSize === undefined ? [] : [`buffer_size=${bufferSize}`];
  const section = listenerSection(words.filter((word) => word !== '').join(' '), buffer, options.events);
  const host = await startSupervisord({ programs: `${section}${options.programs ?? ''}` });
  const protocol = tls === undefined ? 'http' : 'https';
  const address: TcpAddress = { kind: 'tcp', protocol, host: '127.0.0.1', port, path: '/RPC2' };
  return {
    ...host,
    port,
    listens: () => portOpens(port),
    listenerConfig: (overrides) => ({
      ...host.config(),
      url: `${protocol}://127.0.0.1:${port}`,
      credentials: token === undefined ? null : { username: 'token', password: token },
      ...overrides,
      address,
    }),
    stop: async () => {
      await host.stop();
      await rm(secrets, { recursive: true, force: true });
    },
  };
}
