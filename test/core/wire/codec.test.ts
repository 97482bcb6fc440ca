import test from 'ava';
import {
  decodeClientMessage,
  decodeServerMessage,
  encodeClientMessage,
  encodeServerMessage,
  encodeSnapshot,
} from '../../../src/core/wire/codec.ts';
import type { Observation } from '../../../src/core/observation.ts';
import { LONGEST_NAME } from '../../../src/core/sayable.ts';
import { fromWireSnapshot } from '../../../src/core/wire/model-schema.ts';
import { eventually } from '../../helpers/deadline.ts';
import { reading, reported } from '../../helpers/core/readings.ts';
import { openWorld } from '../../helpers/core/world.ts';

test('a snapshot comes out as it went in, with its maps in their order', async (t) => {
  const { session, link } = openWorld(['b', 'a']);
  link('b').logs.set('b:g:x stderr', 'last words');
  link('b').emit({ type: 'source', source: 'log', note: '' });
  const reason = { kind: 'exit', status: 1, expected: false } as const;
  link('b').emit({ type: 'transitions', transitions: [reported('g:x', 'EXITED', { reason })] });
  link('b').emitSome([reading('g:x', 'EXITED', { exitStatus: 1 })]);
  link('a').emit({ type: 'down', error: { code: 'refused', message: 'nobody listens' } });
  await eventually(
    () => session.timeline().at(-1)?.lastWords?.lines.length ?? 0,
    (lines) => lines === 1,
    { what: 'the last words' },
  );
  const decoded = decodeServerMessage(encodeSnapshot(session.snapshot()));
  t.true(decoded.ok);
  if (!decoded.ok || decoded.message.type !== 'snapshot') return t.fail();
  t.deepEqual(fromWireSnapshot(decoded.message.snapshot), session.snapshot());

  const transitions = session.timeline();
  const told = decodeServerMessage(encodeServerMessage({ type: 'transitions', transitions }));
  t.deepEqual(told, { ok: true, message: { type: 'transitions', transitions: [...transitions] } });
  await session.close();
});

test('what a client says comes out as it went in', (t) => {
  const messages = [
    { type: 'hello', resume: { epoch: 'e', revision: 7 } },
    { type: 'command', id: 1, command: { action: 'signal', targets: ['a:g:x'], signal: 'HUP', wait: true } },
    { type: 'command', id: 2, command: { action: 'update', targets: ['a'] } },
    { type: 'tail-open', id: 3, request: { uid: 'a:g:x', stream: 'stderr', backlogBytes: 10, follow: true } },
    { type: 'refresh', supervisors: [] },
    { type: 'hello', resume: null, only: 'links' },
    { type: 'link-open', id: 4, supervisor: 'a', watched: true },
    { type: 'link-look', id: 4, names: ['g:x'] },
    { type: 'link-call', id: 5, supervisor: 'a', call: { op: 'signal', target: 'g:x', signal: 'HUP' } },
    { type: 'link-call', id: 6, supervisor: 'a', call: { op: 'reread' } },
  ] as const;
  for (const message of messages) {
    const decoded = decodeClientMessage(encodeClientMessage(message));
    t.true(decoded.ok);
    t.is(JSON.stringify(decoded.ok && decoded.message), JSON.stringify(message));
  }
});

test('what a link tells comes out as it went in', (t) => {
  const readings = [reading('g:x', 'RUNNING')];
  const observations: readonly Observation[] = [
    { type: 'connecting' },
    {
      type: 'identity',
      identity: { identification: 'i', version: '4.2', apiVersion: '3.0', pid: 1, state: 'RUNNING' },
    },
    { type: 'all', readings, hostNow: null, latencyMs: 1.5, pollMs: 5_000, askedMsAgo: 0.25 },
    { type: 'some', readings, gone: ['g:y'] },
    { type: 'transitions', transitions: [reported('g:x', 'EXITED', { reason: { kind: 'restarted' } })] },
    { type: 'source', source: 'log', note: '' },
    { type: 'agent', process: null },
    { type: 'gap', message: 'lost' },
    { type: 'down', error: { code: 'refused', message: 'nobody listens' } },
  ];
  for (const observation of observations) {
    const decoded = decodeServerMessage(encodeServerMessage({ type: 'observation', id: 1, observation }));
    t.deepEqual(decoded.ok && decoded.message.type === 'observation' && decoded.message.observation, observation);
  }
});

const nonsense: readonly (readonly [string, string])[] = [
  ['{', 'not JSON'],
  ['null', 'expected Object'],
  ['{"type":"reboot"}', 'type'],
  ['{"type":"ping"}', 'id'],
  ['{"type":"ping","id":-1}', 'id'],
  ['{"type":"hello","resume":null,"only":"all"}', 'only'],
  ['{"type":"link-open","id":1,"supervisor":"a"}', 'watched'],
  ['{"type":"link-call","id":1,"supervisor":"a","call":{"op":"explode"}}', 'call.op'],
  ['{"type":"link-call","id":1,"supervisor":"a","call":{"op":"stop"}}', 'call.target'],
  [
    `{"type":"link-call","id":1,"supervisor":"a","call":{"op":"stop","target":"${'x'.repeat(LONGEST_NAME + 1)}"}}`,
    'call.target',
  ],
  ['{"type":"command","id":1,"command":{"action":"explode","targets":[]}}', 'command.action'],
  ['{"type":"command","id":1,"command":{"action":"stop","targets":"all"}}', 'command.targets'],
  ['{"type":"command","id":1,"command":{"action":"signal","targets":["a"],"signal":"HUP; rm"}}', 'command.signal'],
  ['{"type":"command","id":1,"command":{"action":"stop","targets":["a"],"timeoutMs":1e99}}', 'command.timeoutMs'],
  [
    '{"type":"tail-open","id":1,"request":{"uid":"u","stream":"both","backlogBytes":1,"follow":true}}',
    'request.stream',
  ],
  [
    '{"type":"tail-open","id":1,"request":{"uid":"u","stream":"stdout","backlogBytes":1e12,"follow":true}}',
    'request.backlogBytes',
  ],
];

for (const [text, reason] of nonsense) {
  test(`${text.slice(0, 70)} is refused and the reason says where`, (t) => {
    const decoded = decodeClientMessage(text);
    t.false(decoded.ok);
    if (!decoded.ok) t.true(decoded.reason.includes(reason), decoded.reason);
  });
}

test('a refusal never repeats the value that was sent', (t) => {
  const decoded = decodeClientMessage('{"type":"hello","resume":"hunter2"}');
  t.false(JSON.stringify(decoded).includes('hunter2'));
});
