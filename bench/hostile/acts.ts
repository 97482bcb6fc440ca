// What those who mean ill answer, once they have been asked: a supervisord, a zerorpc agent, a multivisor server.
import type { Socket } from 'node:net';
import { encode } from '@msgpack/msgpack';
import { encodeCommand, encodeMessage } from '../../src/bridge/zerorpc/zmtp.ts';
import { encodeServerMessage } from '../../src/core/wire/codec.ts';
import { LINKS } from '../../src/core/wire/messages.ts';
import { reading } from '../../test/helpers/core/readings.ts';
import { HTTP, WEB_SOCKET, ZMTP, drip, flood } from '../../test/hostile/peers.ts';

export type Act = (socket: Socket) => unknown;

const MB = 2 ** 20;
const answer = (value: string) =>
  `<?xml version="1.0"?><methodResponse><params><param><value>${value}</value></param></params></methodResponse>`;
const list = (items: string) => answer(`<array><data>${items}</data></array>`);
const member = (name: string, value: string) => `<member><name>${name}</name><value>${value}</value></member>`;
const fill = (unit: string, bytes: number) => unit.repeat(Math.ceil(bytes / unit.length));

/** As many processes as are taken, of which each is another one than in the answer before. */
function processes(round: number): string {
  const numbers = ['state', 'pid', 'start', 'stop', 'now'].map((name) => member(name, '<int>200</int>')).join('');
  return list(
    Array.from({ length: 9_900 }, (_, index) => {
      const texts = [
        member('name', `<string>p${round}-${index}</string>`),
        member('group', '<string>g</string>'),
        member('spawnerr', `<string>${fill('x', 1_000)}</string>`),
      ];
      return `<value><struct>${texts.join('')}${numbers}</struct></value>`;
    }).join(''),
  );
}

let round = 0;
const http =
  (body: string): Act =>
  (socket) =>
    void socket.end(HTTP.frame(Buffer.from(body)));
export const SUPERVISORD: readonly Act[] = [
  (socket) => void socket.end(HTTP.frame(Buffer.from(processes((round += 1))))),
  http(fill('<value>a</value>', 60 * MB)),
  http(list(fill('<value>a</value>', 15 * MB))),
  http(fill(' ', 15 * MB)),
  http(answer(`${fill('\n', 8 * MB)}<int>1</int>`)),
  http(list(fill('<struct></struct>', 15 * MB))),
  http(answer(fill('<array><data><value>', 15 * MB))),
  http(answer('<string>a&#x110000;b</string>')),
  http(answer(fill('&', 15 * MB))),
  http(list(fill('<value><nil/></value>', 15 * MB))),
  (socket) => {
    socket.write(HTTP.endless.head);
    return flood(socket, HTTP.endless.part);
  },
  (socket) => drip(socket, HTTP.frame(Buffer.from(answer('<int>1</int>')))),
  () => {},
];

const PINGS = Buffer.concat(Array.from({ length: 500 }, () => encodeCommand('PING', Buffer.alloc(200))));
const deep = (depth: number): unknown => (depth === 0 ? 1 : [deep(depth - 1)]);
const message = (args: unknown) =>
  encodeMessage([Buffer.alloc(0), encode([{ message_id: 'x', response_to: 'y', v: 3 }, 'OK', args])]);
export const ZERORPC: readonly Act[] = [
  (socket) => {
    // Never reads what its pings are answered.
    socket.pause();
    return flood(socket, PINGS);
  },
  (socket) => flood(socket, ZMTP.endless.part),
  (socket) => flood(socket, message(Array.from({ length: 300_000 }, () => ({})))),
  (socket) => flood(socket, message('x'.repeat(3 * MB))),
  (socket) => void socket.write(message(deep(90))),
  (socket) => void socket.write(ZMTP.frame(Buffer.from('x'), 2 ** 31)),
  (socket) => drip(socket, ZMTP.frame(Buffer.from('x'))),
  () => {},
];

export const RELAY_HELLO = encodeServerMessage({
  type: 'hello',
  version: '1',
  name: 'x',
  epoch: 'x',
  actor: { name: 'x', role: 'admin', supervisors: ['*'] },
  capabilities: [LINKS],
});
const told = (names: readonly string[], state: 'RUNNING' | 'FATAL') =>
  encodeServerMessage({
    type: 'observation',
    id: 1,
    observation: {
      type: 'all',
      readings: names.map((name) => reading(`g:${name}`, state)),
      hostNow: null,
      latencyMs: 1,
      pollMs: 1,
    },
  });
const names = (count: number, prefix: string) => Array.from({ length: count }, (_, index) => `${prefix}${index}`);
const relay =
  (texts: readonly string[]): Act =>
  (socket) =>
    flood(socket, Buffer.concat(texts.map((text) => WEB_SOCKET.frame(Buffer.from(text)))));
export const RELAY: readonly Act[] = [
  // Everything is another thing each time.
  relay([told(names(20_000, 'a'), 'RUNNING'), told(names(20_000, 'b'), 'FATAL')]),
  relay(names(200, '').map((_, index) => told(['x'], index % 2 === 0 ? 'RUNNING' : 'FATAL'))),
  relay([fill('[', 7 * MB)]),
  relay([fill('{"type":"observation","id":1,', 7 * MB)]),
  relay([encodeServerMessage({ type: 'error', message: fill('x', 7 * MB) })]),
  (socket) => {
    socket.write(WEB_SOCKET.endless.head);
    return flood(socket, WEB_SOCKET.endless.part);
  },
  (socket) => drip(socket, WEB_SOCKET.frame(Buffer.from(RELAY_HELLO))),
  () => {},
];
