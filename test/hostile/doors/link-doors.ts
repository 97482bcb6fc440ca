// What answers behind an address: a link to it says what it made of that.
import { atOnce } from '../../../src/bridge/link/slices.ts';
import { createMultivisorLink } from '../../../src/bridge/multivisor/multivisor-link.ts';
import { createSupervisordLink } from '../../../src/bridge/supervisord/supervisord-link.ts';
import { decodeMessage } from '../../../src/bridge/zerorpc/message.ts';
import { createZerorpcLink } from '../../../src/bridge/zerorpc/zerorpc-link.ts';
import { createZmtpDecoder, encodeGreeting, encodeMessage, encodeReady } from '../../../src/bridge/zerorpc/zmtp.ts';
import type { SupervisorLink } from '../../../src/core/ports.ts';
import { encodeServerMessage } from '../../../src/core/wire/codec.ts';
import { LINKS } from '../../../src/core/wire/messages.ts';
import { only } from '../../helpers/core/config-text.ts';
import { reading } from '../../helpers/core/readings.ts';
import { deadline } from '../../helpers/deadline.ts';
import type { Door } from '../door.ts';
import { inEachManner, nothingOpen } from '../door.ts';
import { pack } from '../pack.ts';
import type { Peer, Tongue } from '../peers.ts';
import { HTTP, WEB_SOCKET, ZMTP, answerWith, behave, listen } from '../peers.ts';

const IMPATIENT = { connectMs: 400, answerMs: 400, maxAnswerBytes: 4 * 1024 * 1024 };
const END_MS = 20_000;
/** Longer ones the wire itself does not carry. */
const LONGEST_INSIDE = 100_000;

export function configOf(url: string) {
  const config = only(`url = ${url}`);
  if (!config) throw new Error(`${url} is no address`);
  return config;
}

export function supervisordLink(port: number, options = {}): SupervisorLink {
  const config = configOf(`http://127.0.0.1:${port}`);
  if (config.address.kind === 'multivisor') throw new Error('no supervisord');
  return createSupervisordLink({ ...config, address: config.address }, options);
}

export function zerorpcLink(port: number): SupervisorLink {
  const address = { kind: 'tcp', protocol: 'detect', host: '127.0.0.1', port, path: '/RPC2' } as const;
  return createZerorpcLink({ ...configOf(`http://127.0.0.1:${port}`), address }, IMPATIENT);
}

export function wsLink(port: number): SupervisorLink {
  const config = configOf(`ws://127.0.0.1:${port}/web`);
  if (config.address.kind !== 'multivisor') throw new Error('no multivisor');
  return createMultivisorLink({ ...config, address: config.address }, IMPATIENT);
}

/** Until the link says that it is down, in which words, or has all readings. */
export async function endOfLink(link: SupervisorLink): Promise<string> {
  const over = new AbortController();
  try {
    const down = new Promise<string>((resolve) => {
      const running = link.run(
        (seen) => {
          if (seen.type === 'down') resolve(seen.error.message);
          if (seen.type === 'all') resolve(`taken: ${seen.readings.length} processes`);
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

type LinkDoor = {
  readonly name: string;
  readonly tongue: Tongue;
  readonly link: (port: number) => SupervisorLink;
  /** Peers that say this text, each in a way of its own. */
  readonly peers: (text: string) => readonly (() => Promise<Peer>)[];
};

function linkDoor({ name, tongue, link, peers }: LinkDoor): Door {
  const meet = async (start: () => Promise<Peer>): Promise<string> => {
    const peer = await start();
    try {
      // By its whole place: the neighbour is at another port of the same machine.
      const said = await endOfLink(link(peer.port));
      return said.startsWith('taken') || said.includes(`127.0.0.1:${peer.port}`) ? said : `NOT ITS OWN ${said}`;
    } finally {
      await peer.close();
    }
  };
  return {
    name,
    take: async (text) => {
      const told: string[] = [];
      for (const start of peers(text)) told.push(await meet(start));
      return told.join('; ');
    },
    manners: inEachManner((manner) => meet(() => behave(manner, tongue))),
    isOwn: (told) => !/REJECTED|NOT ITS OWN/u.test(told),
    close: nothingOpen,
  };
}

const wrap = (text: string) =>
  `<?xml version="1.0"?><methodResponse><params><param><value>${text}</value></param></params></methodResponse>`;

export const supervisordDoor = linkDoor({
  name: 'supervisord answer',
  tongue: HTTP,
  link: (port) => supervisordLink(port, IMPATIENT),
  peers: (text) => [text, wrap(text)].map((body) => () => answerWith(Buffer.from(body), HTTP)),
});

/** A sound zerorpc server whose every answer, and every event, is this. */
function zerorpcPeer(answer: unknown): Promise<Peer> {
  return listen((socket) => {
    const decoder = createZmtpDecoder({ maxBytes: 1_000_000, maxFrames: 8 });
    socket.write(encodeGreeting());
    socket.on('data', (chunk) => {
      for (const event of decoder.push(chunk)) {
        if (event.type === 'greeting') socket.write(encodeReady('ROUTER'));
        if (event.type !== 'message') continue;
        const asked = atOnce(decodeMessage(event.frames));
        if (asked.name.startsWith('_zpc_')) continue;
        const body = pack([{ message_id: 'x', v: 3, response_to: asked.id }, 'OK', answer]);
        socket.write(encodeMessage([Buffer.alloc(0), body]));
      }
    });
  });
}

export const zerorpcDoor = linkDoor({
  name: 'zerorpc',
  tongue: ZMTP,
  link: zerorpcLink,
  peers: (text) => [
    () => answerWith(Buffer.from(text), ZMTP),
    () => zerorpcPeer([text]),
    () => zerorpcPeer([[{ name: text, group: text, state: 20, pid: 1, start: 1, stop: 1, now: 2, spawnerr: text }]]),
  ],
});

/** A multivisor server whose supervisor is told of with this text wherever there is room for one. */
function relayPeer(text: string): Promise<Peer> {
  const inside = text.slice(0, LONGEST_INSIDE);
  const actor = { name: inside, role: 'admin' as const, supervisors: [inside] };
  const hello = encodeServerMessage({
    type: 'hello',
    version: inside,
    name: inside,
    epoch: inside,
    actor,
    capabilities: [LINKS, inside],
  });
  return listen((socket) => {
    socket.once('data', (request) => {
      socket.write(WEB_SOCKET.welcome?.(request.toString('latin1')) ?? '');
      socket.once('data', () => {
        socket.write(WEB_SOCKET.frame(Buffer.from(hello)));
        // To whatever the link asks for then: its first question has the id 1.
        socket.once('data', () => {
          const readings = [{ ...reading('g:x', 'RUNNING'), name: inside, group: inside, spawnError: inside }];
          const said = [
            { type: 'link-route', id: 1, engines: [inside] } as const,
            { type: 'observation', id: 1, observation: { type: 'gap', message: inside } } as const,
            {
              type: 'observation',
              id: 1,
              observation: { type: 'all', readings, hostNow: null, latencyMs: 1, pollMs: 1 },
            } as const,
          ];
          for (const message of said) socket.write(WEB_SOCKET.frame(Buffer.from(encodeServerMessage(message))));
        });
      });
    });
  });
}

export const wsDoor = linkDoor({
  name: 'ws:// peer',
  tongue: WEB_SOCKET,
  link: wsLink,
  peers: (text) => [() => answerWith(Buffer.from(text), WEB_SOCKET), () => relayPeer(text)],
});
