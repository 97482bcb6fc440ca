// `multivisor listener`: run by supervisord as an [eventlistener:…]. stdin and stdout speak its protocol and nothing
// else; what is to be said to people goes to stderr.
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { Readable, Writable } from 'node:stream';
import { createEventHub } from './event-hub.ts';
import { parseBind } from './parse-bind.ts';
import { ALIVE_MS } from './protocol.ts';
import type { ProxyTarget } from './proxy.ts';
import { createListenerServer } from './serve.ts';
import { ACKNOWLEDGED, READY, StdioError, createStdioReader } from './stdio.ts';
import { startWaker } from './waker.ts';

export type ListenerOptions = {
  /** `[host]:port`; nothing: 127.0.0.1:9002. */
  readonly bind: string | null;
  readonly tokenFile: string | null;
  readonly tlsCert: string | null;
  readonly tlsKey: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Of supervisord; asked now and then, because who is orphaned gets another one. */
  readonly parentPid: () => number;
  /** Asked to end. */
  readonly signal: AbortSignal;
};

const EXIT = { done: 0, failed: 1, usage: 2 } as const;
/** The listener of before may still hold the port for a moment. */
const PORT_RETRY_MS = 1_000;
const UNSETTLED = /^PROCESS_STATE_(?:STARTING|BACKOFF|STOPPING)$/u;

type Settings = {
  readonly host: string;
  readonly port: number;
  readonly token: string | null;
  readonly tls: { readonly cert: string; readonly key: string } | null;
  readonly target: ProxyTarget | null;
};

/** Until supervisord ends it; the exit code. */
export async function runListener(options: ListenerOptions): Promise<number> {
  const { env, stdin, stdout, stderr } = options;
  const say = (text: string) => void stderr.write(`multivisor listener: ${text}\n`);
  const settings = readSettings(options);
  if (typeof settings === 'string') {
    say(settings);
    return EXIT.usage;
  }
  if (env['SUPERVISOR_ENABLED'] === undefined) {
    say('this is run by supervisord, as the command of an [eventlistener:…]; see docs/listener.md');
    return EXIT.usage;
  }

  const hub = createEventHub();
  const supervisord = options.parentPid();
  const unsettled = new Set<string>();
  const waker = startWaker({
    pid: supervisord,
    tap: () => void stderr.write('.'),
    wanted: () => hub.subscribers() > 0,
  });
  const server = createListenerServer({ ...settings, hub, supervisord, process: toOwnName(env) });
  const alive = setInterval(() => hub.alive(), ALIVE_MS);
  const stopListening = keepListening(server, { ...settings, say });

  stdout.write(READY);
  const code = await readEvents(options, (event) => {
    stdout.write(ACKNOWLEDGED);
    hub.add(event);
    const name = event.payload.slice(0, event.payload.indexOf(' from_state:'));
    if (UNSETTLED.test(event.event)) unsettled.add(name);
    else unsettled.delete(name);
    waker.stirred(unsettled.size > 0);
  });
  if (code !== EXIT.done) say('supervisord sent something that is no event');
  clearInterval(alive);
  waker.stop();
  stopListening();
  stdin.destroy();
  return code;
}

type OnEvent = (event: ReturnType<ReturnType<typeof createStdioReader>['push']>[number]) => void;

/** Until stdin ends: supervisord is gone, or ends us. */
async function readEvents({ stdin, parentPid, signal }: ListenerOptions, onEvent: OnEvent): Promise<number> {
  const reader = createStdioReader();
  const parent = parentPid();
  // A pipe that another child inherited would never end.
  const orphaned = setInterval(() => {
    if (parentPid() !== parent) stdin.destroy();
  }, ALIVE_MS);
  const end = () => stdin.destroy();
  signal.addEventListener('abort', end, { once: true });
  try {
    for await (const chunk of stdin) if (Buffer.isBuffer(chunk)) reader.push(chunk).forEach(onEvent);
    return EXIT.done;
  } catch (error) {
    if (error instanceof StdioError) return EXIT.failed;
    // Destroyed, or broken: either way nothing more will come.
    return EXIT.done;
  } finally {
    clearInterval(orphaned);
    signal.removeEventListener('abort', end);
  }
}

function keepListening(
  server: Server,
  { host, port, say }: Pick<Settings, 'host' | 'port'> & { readonly say: (text: string) => void },
): () => void {
  let retry: NodeJS.Timeout | undefined;
  let told = false;
  const listen = () => server.listen({ host, port });
  server.on('error', (error) => {
    if (!told) say(`cannot listen on ${host}:${port} yet (${error.message}); trying again every second`);
    told = true;
    retry = setTimeout(listen, PORT_RETRY_MS);
  });
  listen();
  return () => {
    clearTimeout(retry);
    server.close();
    server.closeAllConnections();
  };
}

/** Or what is wrong with them. */
function readSettings({ bind, tokenFile, tlsCert, tlsKey, env }: ListenerOptions): Settings | string {
  const place = parseBind(bind ?? '');
  if (place === null) return `--bind ${bind} is not [host]:port`;
  if ((tlsCert === null) !== (tlsKey === null)) return '--tls-cert and --tls-key belong together';
  try {
    const token = (tokenFile === null ? env['MULTIVISOR_LISTENER_TOKEN'] : readText(tokenFile))?.trim() ?? '';
    if (tokenFile !== null && token === '') return `${tokenFile} is empty: it should hold the token`;
    if (token === '' && !place.loopback) {
      return 'a port that other machines reach needs a token: --token-file FILE, or MULTIVISOR_LISTENER_TOKEN';
    }
    return {
      host: place.host,
      port: place.port,
      token: token === '' ? null : token,
      tls: tlsCert === null || tlsKey === null ? null : { cert: readText(tlsCert), key: readText(tlsKey) },
      target: toTarget(env),
    };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function toOwnName(env: ListenerOptions['env']): string | null {
  const { SUPERVISOR_GROUP_NAME: group, SUPERVISOR_PROCESS_NAME: name } = env;
  return group === undefined || name === undefined ? null : `${group}:${name}`;
}

function readText(path: string): string {
  return readFileSync(path, 'utf8');
}

function toTarget(env: ListenerOptions['env']): ProxyTarget | null {
  const serverUrl = env['SUPERVISOR_SERVER_URL'] ?? '';
  if (serverUrl === '') return null;
  const user = env['SUPERVISOR_USERNAME'] ?? '';
  return { serverUrl, login: user === '' ? null : `${user}:${env['SUPERVISOR_PASSWORD'] ?? ''}` };
}
