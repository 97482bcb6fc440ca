import test from 'ava';
import type { Actor, Role } from '../../../src/core/access/actor.ts';
import { createLocalSession } from '../../../src/core/session/local-session.ts';
import type { Snapshot } from '../../../src/core/model.ts';
import type { Command, SessionEvent } from '../../../src/core/ports.ts';
import { SessionError } from '../../../src/core/ports.ts';
import { reduce } from '../../../src/core/engine/reduce.ts';
import { createFakeLink } from '../../helpers/core/fake-link.ts';
import { createManualClock } from '../../helpers/core/manual-clock.ts';
import { reading, reported, spec } from '../../helpers/core/readings.ts';

function open(actor: Actor) {
  const clock = createManualClock();
  const links = { a: createFakeLink(), b: createFakeLink() };
  const session = createLocalSession({
    name: 'lab',
    epoch: 'e',
    by: 'owner',
    supervisors: [
      { spec: spec('a'), link: links.a },
      { spec: spec('b'), link: links.b },
    ],
    clock,
  });
  for (const link of Object.values(links)) link.emitAll([reading('g:x', 'RUNNING')]);
  const events: SessionEvent[] = [];
  const mine = session.as(actor);
  mine.subscribe((event) => events.push(event));
  const send = (command: Command) => mine.send(command, { signal: new AbortController().signal });
  return { clock, links, session, mine, events, send };
}

const someone = (role: Role, ...supervisors: string[]): Actor => ({ name: 'eve', role, supervisors });
const names = (snapshot: Snapshot) => [...snapshot.supervisors.keys()];

test('an actor sees the supervisors in scope and no others, also in deltas, transitions and gaps', (t) => {
  const { links, mine, events } = open(someone('operator', 'a'));
  t.deepEqual(names(mine.snapshot()), ['a']);
  links.b.emit({ type: 'gap', message: 'lost' });
  links.b.emitSome([reading('g:x', 'STOPPED')]);
  t.deepEqual(events, []);
  links.a.emit({ type: 'gap', message: 'lost' });
  links.a.emit({ type: 'transitions', transitions: [reported('g:x', 'EXITED')] });
  t.deepEqual(new Set(events.map(({ type }) => type)), new Set(['gap', 'delta', 'transitions']));
  t.deepEqual([...new Set(mine.timeline().map(({ uid }) => uid))], ['a:g:x']);
});

test('deltas of an actor follow on from one another although the revisions of others are skipped', (t) => {
  const { links, mine, events } = open(someone('operator', 'a'));
  const start = mine.snapshot();
  links.b.emitSome([reading('g:x', 'STOPPED')]);
  links.a.emitSome([reading('g:x', 'STOPPED')]);
  links.b.emitSome([reading('g:x', 'RUNNING')]);
  links.a.emitSome([reading('g:x', 'STARTING')]);
  let replayed: Snapshot | null = start;
  for (const event of events) if (event.type === 'delta' && replayed) replayed = reduce(replayed, event.delta);
  t.deepEqual(replayed, mine.snapshot());
  t.is(replayed?.supervisors.get('a')?.processes.get('a:g:x')?.state, 'STARTING');
});

const ALLOWED: readonly (readonly [Role, readonly string[]])[] = [
  ['viewer', []],
  ['operator', ['start', 'stop', 'restart', 'signal']],
  ['admin', ['start', 'stop', 'restart', 'signal', 'clear', 'reread', 'update', 'reload', 'shutdown']],
];

for (const [role, allowed] of ALLOWED) {
  test(`the role ${role} may: ${allowed.join(', ') || 'only look'}`, async (t) => {
    const actions = ['start', 'stop', 'restart', 'signal', 'clear'] as const;
    const supervisorActions = ['reread', 'update', 'reload', 'shutdown'] as const;
    for (const action of [...actions, ...supervisorActions]) {
      const { clock, links, send } = open(someone(role, '*'));
      links.a.answer = () => ({ ok: false, code: 'fault', message: 'asked' });
      const isProcess = actions.some((one) => one === action);
      const done = send({ action, targets: [isProcess ? 'a:g:x' : 'a'] });
      await clock.advance(5);
      const [outcome] = await done;
      t.is(outcome?.code, allowed.includes(action) ? 'fault' : 'not-allowed', action);
      t.is(links.a.calls.length > 0, allowed.includes(action), action);
      if (!allowed.includes(action)) t.regex(outcome?.message ?? '', /needs the role (operator|admin); eve is/);
    }
  });
}

test('what is out of scope is not found, and its state is not told', async (t) => {
  const { links, mine, send } = open(someone('admin', 'a'));
  const outcomes = await send({ action: 'stop', targets: ['b:g:x'] });
  t.deepEqual(outcomes, [
    { target: 'b:g:x', ok: false, code: 'not-found', message: 'no such supervisor', from: null, to: null },
  ]);
  t.deepEqual(
    (await send({ action: 'shutdown', targets: ['b'] })).map(({ code, from }) => [code, from]),
    [['not-found', null]],
  );
  mine.reread(['b']);
  mine.reread([]);
  t.deepEqual([links.b.calls, links.b.rereads], [[], []]);
  t.is(links.a.rereads.length, 1);
});

async function read(actor: Actor, uid: string) {
  const { mine, links } = open(actor);
  links.a.logs.set('a:g:x stdout', 'secret');
  const request = { uid, stream: 'stdout', backlogBytes: 100, follow: false } as const;
  try {
    let text = '';
    for await (const chunk of mine.tail(request, { signal: new AbortController().signal })) {
      if (chunk.type === 'text') text += chunk.text;
    }
    return text;
  } catch (error) {
    return error instanceof SessionError ? error.code : error;
  }
}

test('logs are read by operators in their scope, and a viewer sees no line of them anywhere', async (t) => {
  t.is(await read(someone('operator', 'a'), 'a:g:x'), 'secret');
  t.is(await read(someone('viewer', 'a'), 'a:g:x'), 'not-allowed');
  t.is(await read(someone('admin', 'a'), 'b:g:x'), 'not-found');

  for (const role of ['viewer', 'operator'] as const) {
    const { clock, links, mine, events } = open(someone(role, '*'));
    links.a.logs.set('a:g:x stderr', 'password=hunter2');
    const reason = { kind: 'exit', status: 1, expected: false } as const;
    links.a.emit({ type: 'source', source: 'log', note: '' });
    links.a.emit({ type: 'transitions', transitions: [reported('g:x', 'EXITED', { reason })] });
    links.a.emitSome([reading('g:x', 'EXITED', { exitStatus: 1 })]);
    await clock.advance(1_000);
    const seen = JSON.stringify([
      events,
      mine.timeline(),
      [...mine.snapshot().supervisors.values()].map(({ processes }) => [...processes.values()]),
    ]);
    t.is(seen.includes('hunter2'), role === 'operator', role);
    t.true(seen.includes('"status":1'), 'the reason itself is no secret');
  }
});

test('closing the session of an actor ends what it began and nothing else', async (t) => {
  const { clock, links, session, mine, events } = open(someone('admin', '*'));
  const done = mine.send({ action: 'stop', targets: ['a:g:x'], wait: true }, { signal: new AbortController().signal });
  await clock.advance(10);
  await mine.close();
  t.deepEqual(
    (await done).map(({ code }) => code),
    ['cancelled'],
  );
  events.length = 0;
  links.a.emitSome([reading('g:x', 'STOPPED')]);
  t.deepEqual(events, []);
  t.is(session.snapshot().supervisors.get('a')?.processes.get('a:g:x')?.state, 'STOPPED');
  t.deepEqual(links.a.attended.at(-1), false);
});
