import test from 'ava';
import type { Question } from '../../src/core/consent.ts';
import { askConsent } from '../../src/core/consent.ts';
import type { Orders } from '../../src/core/orders.ts';
import { processOf, snapshotOf, supervisorOf } from '../helpers/core/snapshot.ts';

const web = (supervisor: string) => processOf(`${supervisor}:g:x`, 'RUNNING');
const SNAPSHOT = snapshotOf([
  supervisorOf(
    'a',
    [
      web('a'),
      ...Array.from({ length: 11 }, (_, i) => processOf(`a:many:${i}`, 'RUNNING')),
      processOf('a:me:me', 'RUNNING'),
    ],
    { agent: 'me:me' },
  ),
  supervisorOf('b', [web('b'), processOf('b:multivisor-rpc:multivisor-rpc', 'RUNNING')]),
  supervisorOf('ro', [web('ro')], { readOnly: true }),
  supervisorOf('safe', [web('safe')], { protected: true }),
  supervisorOf('gone', [web('gone')], { link: 'down', error: { code: 'refused', message: 'connection refused' } }),
]);
const ONE = ['a:g:x'];
const TWO = ['a:g:x', 'b:g:x'];
const MANY = Array.from({ length: 11 }, (_, i) => `a:many:${i}`);

/** What a key or a finger is asked, what a command line is asked at a terminal, and what needs -y without one. */
type Faces = readonly [keys: string, line: string, script: string];

function decide(orders: Orders, hidden: number): Faces {
  const consent = askConsent(SNAPSHOT, orders, hidden);
  if (consent.kind === 'refused') return [consent.why, consent.why, consent.why];
  if (consent.kind === 'given') return ['go', 'go', 'go'];
  const { question, weight } = consent;
  const asked = question.typed === null ? 'y' : `type ${question.typed}`;
  return weight.kind === 'slip' ? [asked, 'go', 'go'] : [asked, asked, 'needs -y'];
}

const GO: Faces = ['go', 'go', 'go'];
const SLIP: Faces = ['y', 'go', 'go'];
const GRAVE: Faces = ['y', 'y', 'needs -y'];
const typed = (text: string): Faces => [`type ${text}`, `type ${text}`, 'needs -y'];
const all = (why: string): Faces => [why, why, why];

const ROWS: readonly (readonly [action: Orders['action'], targets: readonly string[], hidden: number, faces: Faces])[] =
  [
    ['start', ONE, 0, GO],
    ['start', TWO, 0, GO],
    ['start', ONE, 1, SLIP],
    ['start', MANY, 0, ['type 11', 'go', 'go']],
    ['start', ['safe:g:x'], 0, GRAVE],
    ['start', ['a:me:me'], 0, GO],
    ...(['stop', 'restart', 'signal'] as const).flatMap((action) => [
      [action, ONE, 0, SLIP] as const,
      [action, ONE, 1, SLIP] as const,
      [action, TWO, 0, GRAVE] as const,
      [action, MANY, 0, typed('11')] as const,
      [action, ['safe:g:x'], 0, GRAVE] as const,
      [action, ['a:me:me'], 0, GRAVE] as const,
      [action, ['b:multivisor-rpc:multivisor-rpc'], 0, GRAVE] as const,
    ]),
    ['clear', ONE, 0, SLIP],
    ['clear', TWO, 0, GRAVE],
    ['clear', MANY, 0, typed('11')],
    ['clear', ['a:me:me'], 0, SLIP],
    ['stop', ['ro:g:x'], 0, all('ro is read_only in the configuration')],
    ['stop', ['ro:g:x', 'a:g:x'], 0, GRAVE],
    ['stop', ['gone:g:x'], 0, all('gone cannot be reached: connection refused')],
    ['stop', [], 0, all('nothing to act on: mark processes, or put the cursor on one')],
    ['stop', ['a:g:nobody'], 0, all('nothing to act on: mark processes, or put the cursor on one')],
    ['reread', ['a'], 0, GO],
    ['reread', ['a', 'safe'], 0, GO],
    ['update', ['a'], 0, SLIP],
    ['update', ['a', 'b'], 0, GRAVE],
    ['update', ['safe'], 0, GRAVE],
    ['reload', ['a'], 0, typed('a')],
    ['shutdown', ['a'], 0, typed('a')],
    ['shutdown', ['a', 'b'], 0, typed('2')],
    ['shutdown', ['ro'], 0, all('ro is read_only in the configuration')],
  ];

test('the same orders are asked about in the same way wherever they are given', (t) => {
  for (const [action, targets, hidden, faces] of ROWS) {
    t.deepEqual(decide({ action, targets }, hidden), faces, `${action} ${targets.join(' ')} hidden ${hidden}`);
  }
});

function questionOf(orders: Orders, hidden = 0): Question {
  const consent = askConsent(SNAPSHOT, orders, hidden);
  if (consent.kind !== 'asked') throw new Error(`${orders.action} is not asked about`);
  return consent.question;
}

test('a question tells what, how many, where, what stands in the way and what comes of it', (t) => {
  const signal = questionOf(
    { action: 'signal', signal: 'KILL', targets: ['a:me:me', 'safe:g:x', 'gone:g:x', 'ro:g:x'] },
    2,
  );
  t.is(signal.title, 'send KILL to 4 processes on 4 supervisors?');
  t.deepEqual(signal.remarks, [
    '2 of them are marked but not shown',
    'safe is protected in the configuration',
    'left out: gone cannot be reached: connection refused',
    'left out: ro is read_only in the configuration',
  ]);
  t.deepEqual(signal.consequences, ['me:me is how we see a: it is out of sight until the agent is back']);
  t.is(questionOf({ action: 'restart', targets: MANY, batch: 2 }).title, 'restart 11 processes on a, 2 at a time?');
  t.is(questionOf({ action: 'clear', targets: ONE }).title, 'empty the logs of a:g:x?');
  t.is(questionOf({ action: 'signal', targets: ONE }).title, 'send a signal to a:g:x?');
  const shutdown = questionOf({ action: 'shutdown', targets: ['a', 'b'] });
  t.is(shutdown.title, 'shutdown 2 supervisors?');
  t.deepEqual(shutdown.consequences, [
    'a and all of its 13 processes end; only on its host can it be started again',
    'b and all of its 2 processes end; only on its host can it be started again',
  ]);
});

test('a question about hundreds of hosts stays short enough to be answered', (t) => {
  const names = Array.from({ length: 300 }, (_, i) => `h${i}`);
  const snapshot = snapshotOf(
    names.map((name) =>
      supervisorOf(name, [processOf(`${name}:multivisor-rpc:multivisor-rpc`, 'RUNNING')], { protected: true }),
    ),
  );
  const targets = names.map((name) => `${name}:multivisor-rpc:multivisor-rpc`);
  const consent = askConsent(snapshot, { action: 'stop', targets });
  if (consent.kind !== 'asked') return t.fail();
  const { consequences, remarks } = consent.question;
  t.is(consequences.length, 6);
  t.is(consequences.at(-1), '… and 295 more of the kind');
  t.deepEqual(remarks, ['h0, h1, h2, h3, h4, … and 295 more of the kind are protected in the configuration']);
});
