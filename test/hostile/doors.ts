// Every way by which text comes in. A door takes one bad text, lives, and says what it made of it in words.
import { once } from 'node:events';
import { setTimeout as after } from 'node:timers/promises';
import { connect } from 'node:net';
import { WebSocketServer } from 'ws';
import { createMultivisorLink } from '../../src/bridge/multivisor/multivisor-link.ts';
import { createLineSplitter } from '../../src/bridge/link/line-splitter.ts';
import { parseLine } from '../../src/bridge/listener/parse-line.ts';
import { createSupervisordLink } from '../../src/bridge/supervisord/supervisord-link.ts';
import { parseLogLine } from '../../src/bridge/supervisord-api/parse-log-line.ts';
import { createZerorpcLink } from '../../src/bridge/zerorpc/zerorpc-link.ts';
import { encodeGreeting, encodeMessage, encodeReady } from '../../src/bridge/zerorpc/zmtp.ts';
import { parseSelectors, select } from '../../src/core/select.ts';
import type { SupervisorLink } from '../../src/core/ports.ts';
import { escapeLogLine, escapeText } from '../../src/core/view/escape.ts';
import { createMatcher, parseFilter } from '../../src/core/view/filter.ts';
import { SUBPROTOCOL } from '../../src/core/wire/messages.ts';
import { only, told } from '../helpers/core/config-text.ts';
import { reading } from '../helpers/core/readings.ts';
import { openWorld } from '../helpers/core/world.ts';
import { deadline } from '../helpers/deadline.ts';
import { openSocket } from '../helpers/server/open-socket.ts';
import { startTestServer } from '../helpers/server/server.ts';
import { openTui } from '../helpers/terminal/open-tui.ts';
import { runMain } from '../cli/run-main.ts';
import type { Peer, Tongue } from './peers.ts';
import { HTTP } from './peers.ts';

export type Door = { readonly name: string; readonly take: (text: string) => Promise<string> | string };
/** A door behind which a peer of ours answers: its link tells of the end. */
export type LinkDoor = {
  readonly name: string;
  readonly tongue: Tongue;
  readonly link: (port: number) => SupervisorLink;
};

const IMPATIENT = { connectMs: 400, answerMs: 400, maxAnswerBytes: 4 * 1024 * 1024 };
const END_MS = 20_000;
/** What the codec of answers lets in. */
const LONGEST_NAME = 1_000;

function configOf(url: string) {
  const config = only(`url = ${url}`);
  if (!config) throw new Error(`${url} is no address`);
  return config;
}

const ZMTP: Tongue = {
  start: (socket) => void socket.write(Buffer.concat([encodeGreeting(), encodeReady('ROUTER')])),
  frame: (body, length) => {
    const frame = encodeMessage([Buffer.alloc(0), body]);
    if (length === undefined) return frame;
    const head = Buffer.alloc(9);
    head[0] = 2;
    head.writeBigUInt64BE(BigInt(length), 1);
    return Buffer.concat([head, body]);
  },
};

export const LINK_DOORS: readonly LinkDoor[] = [
  {
    name: 'supervisord answer',
    tongue: HTTP,
    link: (port) => {
      const config = configOf(`http://127.0.0.1:${port}`);
      if (config.address.kind === 'multivisor') throw new Error('no supervisord');
      return createSupervisordLink({ ...config, address: config.address }, IMPATIENT);
    },
  },
  {
    name: 'zerorpc',
    tongue: ZMTP,
    link: (port) => {
      const address = { kind: 'tcp', protocol: 'detect', host: '127.0.0.1', port, path: '/RPC2' } as const;
      return createZerorpcLink({ ...configOf(`http://127.0.0.1:${port}`), address }, IMPATIENT);
    },
  },
];

/** Until the link says that it is down, in which words. */
export async function endOfLink(link: SupervisorLink): Promise<string> {
  const over = new AbortController();
  try {
    const down = new Promise<string>((resolve) => {
      const running = link.run(
        (seen) => {
          if (seen.type === 'down') resolve(seen.error.message);
          if (seen.type === 'all') resolve('taken');
        },
        { signal: over.signal },
      );
      running.catch((error: unknown) => resolve(`REJECTED ${String(error)}`));
    });
    return await deadline(down, END_MS, 'the link tells of the end');
  } finally {
    over.abort();
  }
}

/** A `ws://` peer that says this to whatever it is told. */
export async function wsPeer(text: string): Promise<Peer> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => SUBPROTOCOL });
  server.on('connection', (socket) => {
    socket.on('error', () => socket.terminate());
    socket.on('message', () => socket.send(text));
  });
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    close: async () => {
      for (const client of server.clients) client.terminate();
      server.close();
      await once(server, 'close');
    },
  };
}

export function wsLink(port: number): SupervisorLink {
  const config = configOf(`ws://127.0.0.1:${port}/web`);
  if (config.address.kind !== 'multivisor') throw new Error('no multivisor');
  return createMultivisorLink({ ...config, address: config.address });
}

/** Those that need nothing but the text. */
export const TEXT_DOORS: readonly Door[] = [
  {
    name: 'main log',
    take: (text) => {
      const lines = createLineSplitter().push(
        Buffer.from(`${text}\n2026-01-01 00:00:00,000 INFO exited: ${text} (exit status 1)\n`),
      );
      return `taken, ${lines.filter((line) => parseLogLine(line) !== null).length} of ${lines.length} lines`;
    },
  },
  { name: 'process log', take: (text) => `taken, ${escapeLogLine(text).length} characters` },
  { name: 'listener', take: (text) => (parseLine(text) === null ? 'ignored: no line of the protocol' : 'taken') },
  {
    name: 'configuration',
    take: (whole) => {
      // Its owner wrote it: it may cost, but not without bounds.
      const text = whole.slice(0, 10_000);
      return told(`[supervisor:${text}]\nurl = ${text}\n${text}`)[0] ?? 'taken';
    },
  },
  {
    name: 'arguments',
    take: async (text) => {
      const { code, err } = await runMain(['status', text, '--bad', text]);
      return `${code}: ${err.slice(0, 100)}`;
    },
  },
  {
    name: 'names',
    take: async (text) => {
      const { session, link } = openWorld(['alpha']);
      link('alpha').emitAll([{ ...reading('g:x', 'FATAL'), name: text.slice(0, LONGEST_NAME), spawnError: text }]);
      const snapshot = session.snapshot();
      const { selectors } = parseSelectors([text.slice(0, 2_000)]);
      const chosen = select(snapshot, selectors);
      const supervisor = snapshot.supervisors.get('alpha');
      const matches = createMatcher(parseFilter(text.slice(0, 900)));
      for (const process of supervisor?.processes.values() ?? []) {
        if (supervisor) matches(process, supervisor);
        escapeText(process.uid);
      }
      const never = new AbortController().signal;
      const [outcome] = await session.send(
        { action: 'stop', targets: [`alpha:g:${text.slice(0, LONGEST_NAME)}`] },
        { signal: AbortSignal.timeout(50) },
      );
      await session.send({ action: 'signal', targets: ['alpha:g:x'], signal: text }, { signal: never });
      await session.close();
      return `${chosen.processes.length} chosen, ${outcome?.code ?? ''}`;
    },
  },
  {
    name: 'keyboard and paste',
    take: async (text) => {
      const { session, link } = openWorld(['alpha']);
      const tui = openTui(session, { arrangement: { groupBy: 'none' } });
      const steps = [
        () => tui.paste(text),
        () => tui.press('/'),
        () => tui.paste(text),
        () => tui.type(text.slice(0, 40)),
        () => tui.press('esc'),
      ];
      // A terminal says them one after the other.
      for (const step of steps) {
        await after(1);
        step();
      }
      const acts = link('alpha').calls.length;
      await tui.close();
      return acts === 0 ? 'nothing was done' : `DID ${acts}`;
    },
  },
];

/** Those of a server, which stays up through all of it. */
export async function openServerDoors(): Promise<{
  readonly doors: readonly Door[];
  readonly close: () => Promise<void>;
}> {
  const { session } = openWorld(['alpha']);
  const server = await startTestServer(session);
  const { port } = new URL(server.url);
  const throwRaw = async (bytes: Buffer): Promise<string> => {
    const socket = connect(Number(port), '127.0.0.1');
    let answer = '';
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      socket.end();
    });
    // Half a request may wait for its rest as long as the server's own deadline says.
    socket.setTimeout(300, () => socket.destroy());
    socket.end(bytes);
    await new Promise<void>((resolve) => void socket.once('close', () => resolve()));
    return answer.slice(0, 40).split('\r\n')[0] || 'cut off';
  };
  const doors: readonly Door[] = [
    {
      name: 'HTTP',
      take: async (text) => {
        const path = encodeURIComponent(text.slice(0, 3_000).toWellFormed());
        const got = await server.fetch(`/api/v1/processes?select=${path}`);
        const body = JSON.stringify({ action: 'stop', select: [text.slice(0, 900)], signal: text });
        const posted = await server.fetch('/api/v1/commands', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        });
        const raw = await throwRaw(Buffer.from(`POST /${text.slice(0, 20_000)} HTTP/1.1\r\n${text}\r\n\r\n`));
        return `${got.status} ${posted.status} ${raw}`;
      },
    },
    {
      name: 'viewer',
      take: async (text) => {
        const viewer = await openSocket(server.url);
        viewer.say({ type: 'hello', resume: null });
        viewer.say({
          type: 'link-call',
          id: 1,
          supervisor: 'alpha',
          call: { op: 'stop-group', group: text.slice(0, 900) },
        });
        viewer.say({
          type: 'command',
          id: 2,
          command: { action: 'signal', targets: ['alpha:g:x'], signal: text.slice(0, 60) },
        });
        viewer.socket.send(text);
        const code = await deadline(viewer.closed, END_MS, 'the viewer is sent away');
        return `closed with ${code}`;
      },
    },
  ];
  return {
    doors,
    close: async () => {
      await server.close();
      await session.close();
    },
  };
}
