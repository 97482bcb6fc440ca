// Messages that are nearly sound, to the doors that speak in messages: HTTP, viewers, zerorpc, `ws://`.
import { encode } from '@msgpack/msgpack';
import { array } from 'fast-check';
import { createZmtpDecoder, encodeGreeting, encodeMessage, encodeReady } from '../../src/bridge/zerorpc/zmtp.ts';
import type { ClientMessage } from '../../src/core/wire/messages.ts';
import { LINKS } from '../../src/core/wire/messages.ts';
import { reading } from '../helpers/core/readings.ts';
import { openWorld } from '../helpers/core/world.ts';
import { deadline } from '../helpers/deadline.ts';
import { openSocket } from '../helpers/server/open-socket.ts';
import { startTestServer } from '../helpers/server/server.ts';
import { mutated, request, spoiled } from './arbitraries.ts';
import type { Fuzz, Told } from './door.ts';
import { endOfLink, wsLink, zerorpcLink } from './doors/link-doors.ts';
import { WEB_SOCKET, listen } from './peers.ts';
import { throwRaw } from './raw-http.ts';

const END_MS = 20_000;

async function openServer() {
  const { session } = openWorld(['alpha']);
  const server = await startTestServer(session);
  return {
    server,
    /** What others are told; a failure of ours shows in what it warns of. */
    others: async (told: string): Promise<string> => {
      const { status } = await server.fetch('/livez');
      return `${told}; others ${status}${server.warnings.length > 0 ? ` WARNED ${server.warnings.join(', ')}` : ''}`;
    },
    close: async () => {
      await server.close({ drainMs: 100 });
      await session.close();
    },
  };
}

const PATHS = [
  '/',
  '/api/v1/status',
  '/api/v1/supervisors',
  '/api/v1/timeline',
  '/api/v1/commands',
  '/api/v1/logs/alpha:g:x',
  '/livez',
  '/readyz',
  '/openapi.json',
  '/metrics',
  '/api/auth',
  '/api/login',
  '/api/logout',
  '/api/data',
  '/api/refresh',
  '/api/config/file',
  '/api/process/list',
  '/api/process/info/alpha:g:x',
  '/api/process/stop',
  '/api/supervisor/info/alpha',
  '/api/supervisor/update',
  '/api/process/log/out/tail/alpha:g:x',
  '/ws',
  '/%ff/..%2f',
];
const BODIES = [
  { action: 'stop', targets: ['alpha:g:none'] },
  { action: 'signal', select: ['none*'], signal: 'HUP' },
  { action: 'restart', targets: ['alpha:g:none'], roll: { batch: 1, pauseMs: 1, maxFailures: 0 } },
  { uid: 'alpha:g:none', username: 'x', password: 'y', supervisor: 'none' },
];

export async function openHttpFuzz(): Promise<Fuzz<Buffer>> {
  const { server, others, close } = await openServer();
  return {
    name: 'HTTP',
    arbitrary: request(PATHS, spoiled(BODIES)),
    share: 0.5,
    take: async (bytes) => others(await throwRaw(server.address.port, { bytes })),
    isOwn: (told) => told.endsWith('others 200') && !/ 500 /u.test(told),
    close,
  };
}

const SAID: readonly ClientMessage[] = [
  { type: 'hello', resume: { epoch: 'epoch-1', revision: 1 } },
  { type: 'hello', resume: null, only: LINKS },
  { type: 'targets', id: 1, targets: ['alpha:g:none'] },
  { type: 'command', id: 2, command: { action: 'stop', targets: ['alpha:g:none'], timeoutMs: 1 } },
  { type: 'command', id: 3, command: { action: 'signal', targets: ['alpha:g:none'], signal: 'HUP' } },
  { type: 'command', id: 4, command: { action: 'update', targets: ['none'] } },
  { type: 'cancel', id: 2, leave: true },
  { type: 'tail-open', id: 5, request: { uid: 'alpha:g:none', stream: 'stdout', backlogBytes: 9, follow: true } },
  { type: 'tail-close', id: 5 },
  { type: 'refresh', supervisors: ['alpha'] },
  { type: 'link-open', id: 6, supervisor: 'alpha', watched: true },
  { type: 'link-attend', id: 6, watched: false },
  { type: 'link-look', id: 6, names: ['g:x'] },
  { type: 'link-call', id: 7, supervisor: 'alpha', call: { op: 'stop', target: 'g:none' } },
  { type: 'link-call', id: 8, supervisor: 'alpha', call: { op: 'signal', target: 'g:none', signal: 'HUP' } },
  { type: 'link-close', id: 6 },
  { type: 'ping', id: 9 },
];

export async function openViewerFuzz(): Promise<Fuzz<readonly unknown[]>> {
  const { server, others, close } = await openServer();
  return {
    name: 'viewer',
    arbitrary: array(spoiled(SAID), { minLength: 1, maxLength: 20 }),
    share: 0.5,
    take: async (messages) => {
      const viewer = await openSocket(server.url);
      viewer.say({ type: 'hello', resume: null });
      for (const message of messages) viewer.socket.send(JSON.stringify(message) ?? 'undefined');
      viewer.socket.send('the end');
      return others(`closed with ${await deadline(viewer.closed, END_MS, 'the viewer is sent away')}`);
    },
    isOwn: (told) => /^closed with (?:1007|1008|1009); others 200$/u.test(told),
    close,
  };
}

/** A link to a peer that says this; what it makes of that names the peer. */
async function meet(start: () => ReturnType<typeof listen>, toLink: typeof wsLink): Promise<string> {
  const peer = await start();
  try {
    const said = await endOfLink(toLink(peer.port));
    return said.startsWith('taken') || said.includes(`127.0.0.1:${peer.port}`) ? said : `NOT ITS OWN ${said}`;
  } finally {
    await peer.close();
  }
}

const isOwn = (told: string) => !/REJECTED|NOT ITS OWN/u.test(told);
const nothing = async (): Promise<void> => {};

const INFO = {
  name: 'x',
  group: 'g',
  state: 20,
  statename: 'RUNNING',
  pid: 1,
  start: 1,
  stop: 0,
  now: 2,
  exitstatus: 0,
  spawnerr: '',
  description: 'pid 1',
  stdout_logfile: '',
  stderr_logfile: '',
};
const ID = 'the id of what it was asked';
const ANSWERS = [
  [{ message_id: 'x', response_to: ID, v: 3 }, 'OK', [[INFO]]],
  [{ message_id: 'x', response_to: ID, v: 3 }, 'OK', [INFO]],
  [{ message_id: 'x', response_to: ID, v: 3 }, 'OK', ['3.0']],
  [{ message_id: 'x', response_to: ID, v: 3 }, 'OK', [{ statecode: 1, statename: 'RUNNING' }]],
  [{ message_id: 'x', response_to: ID, v: 3 }, 'ERR', ['ValueError', 'no', 'Traceback']],
  [{ message_id: 'x', response_to: ID, v: 3 }, 'STREAM', { eventname: 'PROCESS_STATE_EXITED', payload: INFO }],
  [{ message_id: 'x', response_to: ID, v: 3 }, '_zpc_more', [100]],
  [{ message_id: 'x', response_to: ID, v: 3 }, '_zpc_hb', [0]],
];

export async function openZerorpcFuzz(): Promise<
  Fuzz<{ readonly answers: readonly unknown[]; readonly start: Buffer }>
> {
  const sound = Buffer.concat([encodeGreeting(), encodeReady('ROUTER')]);
  return {
    name: 'zerorpc',
    arbitrary: array(spoiled(ANSWERS), { minLength: 1, maxLength: 6 }).chain((answers) =>
      mutated(sound).map((start) => ({ answers, start })),
    ),
    share: 0.1,
    take: ({ answers, start }) =>
      meet(
        () =>
          listen((socket) => {
            const decoder = createZmtpDecoder({ maxBytes: 1_000_000, maxFrames: 8 });
            let next = 0;
            socket.write(start);
            socket.on('data', (chunk) => {
              for (const event of decoder.push(chunk)) {
                if (event.type !== 'message') continue;
                const asked = JSON.stringify(answers[next++ % answers.length] ?? null);
                const id = idOf(event.frames.at(-1) ?? Buffer.alloc(0));
                const answer: unknown = JSON.parse(asked.replaceAll(JSON.stringify(ID), JSON.stringify(id)));
                socket.write(encodeMessage([Buffer.alloc(0), encode(answer)]));
              }
            });
          }),
        zerorpcLink,
      ),
    isOwn,
    close: nothing,
  };
}

/** Of a message of ours, which is known to be sound. */
function idOf(body: Buffer): string {
  return /message_id.{1,2}([\da-f-]{36})/su.exec(body.toString('latin1'))?.[1] ?? '';
}

const RELAYED = [
  { type: 'link-route', id: 1, engines: ['engine-1'] },
  { type: 'observation', id: 1, observation: { type: 'connecting' } },
  {
    type: 'observation',
    id: 1,
    observation: {
      type: 'identity',
      identity: { identification: 's', version: '4.2.5', apiVersion: '3.0', pid: 1, state: 'RUNNING' },
    },
  },
  {
    type: 'observation',
    id: 1,
    observation: { type: 'all', readings: [reading('g:x', 'RUNNING')], hostNow: null, latencyMs: 1, pollMs: 1 },
  },
  { type: 'observation', id: 1, observation: { type: 'some', readings: [reading('g:x', 'FATAL')], gone: ['g:y'] } },
  { type: 'observation', id: 1, observation: { type: 'gap', message: 'lost' } },
  { type: 'observation', id: 1, observation: { type: 'agent', process: null } },
  { type: 'observation', id: 1, observation: { type: 'source', source: 'log', note: '' } },
  { type: 'observation', id: 1, observation: { type: 'down', error: { code: 'closed', message: 'gone' } } },
  { type: 'link-end', id: 1, error: { code: 'not-found', message: 'no such supervisor' } },
  { type: 'link-result', id: 2, result: { ok: true, unchanged: false } },
  { type: 'pong', id: 1 },
  { type: 'error', message: 'no' },
  { type: 'tail-chunk', id: 1, chunk: { type: 'text', text: 'x' } },
  { type: 'gap', supervisor: 'web', message: 'x' },
];
const HELLO = [
  {
    type: 'hello',
    version: '1',
    name: 'lab',
    epoch: 'e',
    actor: { name: 'x', role: 'admin', supervisors: ['*'] },
    capabilities: [LINKS],
  },
];

export async function openWsFuzz(): Promise<Fuzz<readonly unknown[]>> {
  return {
    name: 'ws:// peer',
    arbitrary: spoiled(HELLO).chain((hello) =>
      array(spoiled(RELAYED), { maxLength: 20 }).map((rest) => [rest.length % 4 === 0 ? hello : HELLO[0], ...rest]),
    ),
    share: 0.1,
    take: takeRelayed,
    isOwn,
    close: nothing,
  };
}

function takeRelayed(messages: readonly unknown[]): Told {
  return meet(
    () =>
      listen((socket) => {
        const say = (message: unknown) =>
          socket.write(WEB_SOCKET.frame(Buffer.from(JSON.stringify(message) ?? 'undefined')));
        socket.once('data', (asked) => {
          socket.write(WEB_SOCKET.welcome?.(asked.toString('latin1')) ?? '');
          socket.once('data', () => {
            say(messages[0]);
            socket.once('data', () => {
              messages.slice(1).forEach(say);
              // Whatever it was, this ends it.
              socket.end(WEB_SOCKET.frame(Buffer.from('the end')));
            });
          });
        });
      }),
    wsLink,
  );
}
