import test from 'ava';
import { toOwner } from '../../src/core/access/actor.ts';
import { createLocalSession } from '../../src/core/session/local-session.ts';
import type { LinkCall } from '../../src/core/ports.ts';
import { createFakeLink } from '../helpers/core/fake-link.ts';
import { createManualClock } from '../helpers/core/manual-clock.ts';
import { reading, reported, spec } from '../helpers/core/readings.ts';

const never = new AbortController().signal;

function openSession() {
  const clock = createManualClock();
  const links = { a: createFakeLink(), b: createFakeLink() };
  const supervisors = [
    { spec: spec('a'), link: links.a },
    { spec: spec('b'), link: links.b },
  ];
  const session = createLocalSession({ name: 'lab', epoch: 'engine-1', by: 'owner', supervisors, clock });
  const call = (linkCall: LinkCall) =>
    session.relays.call({ actor: toOwner('ann'), supervisor: 'a' }, linkCall, { signal: never });
  return { clock, links, session, call };
}

test('a call with a text that XML cannot carry is refused with its own code, and never reaches the link', async (t) => {
  const { links, call, session } = openSession();
  links.a.emitAll([reading('web:one', 'RUNNING'), reading('web:a\u0001b', 'RUNNING')]);
  const calls: readonly LinkCall[] = [
    { op: 'stop-group', group: '\uffff' },
    { op: 'add-group', group: '\ud800' },
    { op: 'signal', target: 'web:one', signal: '\uffff' },
    { op: 'signal', target: 'web:one', signal: 'H\u0000UP' },
    { op: 'stop', target: 'web:a\u0001b' },
    { op: 'remove-group', group: 'x'.repeat(5_000) },
  ];
  for (const each of calls) {
    const result = await call(each);
    t.like(result, { ok: false, code: 'unsayable' }, JSON.stringify(each));
    t.notRegex(result.ok ? '' : result.message, /\p{Cc}/u);
  }
  const commands = [
    { action: 'signal', targets: ['a:web:one'], signal: '\uffff' },
    { action: 'restart', targets: ['a:web:a\u0001b'] },
    { action: 'clear', targets: ['a:web:a\u0001b'] },
  ] as const;
  for (const command of commands) {
    const [outcome] = await session.send(command, { signal: never });
    t.like(outcome, { ok: false, code: 'unsayable' });
  }
  t.deepEqual(links.a.calls, []);
  await session.close();
});

test('a link that throws is told as down and begins anew, and a call that throws has an outcome', async (t) => {
  const clock = createManualClock();
  const failing = createFakeLink();
  const healthy = createFakeLink();
  const { run } = failing;
  let runs = 0;
  failing.run = async (observe, options) => {
    runs += 1;
    if (runs === 1) throw new Error('a fault of ours \u001b[31m');
    return run(observe, options);
  };
  failing.answer = () => Promise.reject(new Error('the serialiser threw'));
  const session = createLocalSession({
    name: 'lab',
    epoch: 'e',
    by: 'ann',
    supervisors: [
      { spec: spec('a'), link: failing },
      { spec: spec('b'), link: healthy },
    ],
    clock,
  });
  await clock.advance(0);
  t.like(session.snapshot().supervisors.get('a'), { link: 'down', error: { code: 'protocol' } });
  healthy.emitAll([reading('web:one', 'RUNNING')]);
  t.is(session.snapshot().supervisors.get('b')?.link, 'up');
  await clock.advance(2_000);
  failing.emitAll([reading('web:one', 'RUNNING')]);
  t.is(session.snapshot().supervisors.get('a')?.link, 'up');
  const [outcome] = await session.send({ action: 'stop', targets: ['a:web:one'] }, { signal: never });
  t.like(outcome, { ok: false, code: 'fault' });
  await session.close();
});

test('150,000 readings at once are told without a spread over the stack', async (t) => {
  const { links, session } = openSession();
  links.a.emitAll(Array.from({ length: 150_000 }, (_, i) => reading(`g:p${i}`, 'RUNNING')));
  t.is(session.snapshot().supervisors.get('a')?.processes.size, 150_000);
  await session.close();
});

test('last words that cannot be read for a reason that nobody foresaw are a message, and the others are still fetched', async (t) => {
  const { links, session, clock } = openSession();
  links.a.tail = () => {
    throw new RangeError('the serialiser threw \u001b]52;c;Zm9v\u0007');
  };
  links.b.logs.set('b:web:one stderr', 'why it fell\n');
  const gaps: string[] = [];
  session.subscribe((event) => void (event.type === 'gap' && gaps.push(event.message)));
  for (const link of [links.a, links.b]) {
    link.emitAll([reading('web:one', 'RUNNING')]);
    link.emit({ type: 'transitions', transitions: [reported('web:one', 'FATAL')] });
    link.emitSome([reading('web:one', 'FATAL')]);
  }
  await clock.advance(5_000);
  t.true(
    gaps.some((message) => message.includes('the serialiser threw')),
    gaps.join(),
  );
  t.is(session.snapshot().supervisors.get('b')?.processes.get('b:web:one')?.fall?.lastLine, 'why it fell');
  await session.close();
});
