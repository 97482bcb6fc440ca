import type { ExecutionContext } from 'ava';
import test from 'ava';
import type { Actor, Role } from '../../../src/core/access/actor.ts';
import { toOwner } from '../../../src/core/access/actor.ts';
import { createLocalSession } from '../../../src/core/session/local-session.ts';
import type { Observation } from '../../../src/core/observation.ts';
import type { LinkCall, LinkRoute } from '../../../src/core/ports.ts';
import type { Relay, RelayListener } from '../../../src/core/session/relays.ts';
import type { Refusal } from '../../../src/core/rights.ts';
import { createFakeLink } from '../../helpers/core/fake-link.ts';
import { createManualClock } from '../../helpers/core/manual-clock.ts';
import { reading, reported, spec } from '../../helpers/core/readings.ts';

const never = new AbortController().signal;
const OWNER = toOwner('ann');
const IDENTITY = { identification: 'lid', version: '4.2.5', apiVersion: '3.0', pid: 7, state: 'RUNNING' } as const;

function openSession(more: { readonly readOnly?: boolean } = {}) {
  const clock = createManualClock();
  const links = { a: createFakeLink(), b: createFakeLink() };
  const routes: LinkRoute[] = [];
  const run = links.a.run;
  links.a.run = (observe, options) => {
    if (options.route) routes.push(options.route);
    return run(observe, options);
  };
  const watched = { a: { spec: spec('a', more), link: links.a }, b: { spec: spec('b'), link: links.b } };
  const session = createLocalSession({
    name: 'lab',
    epoch: 'engine-1',
    by: 'owner',
    supervisors: [watched.a, watched.b],
    clock,
  });
  const call = (linkCall: LinkCall, actor: Actor = OWNER, supervisor = 'a') =>
    session.relays.call({ actor, supervisor }, linkCall, { signal: never });
  return { clock, links, watched, session, routes, call };
}

function listen() {
  const heard: Observation[] = [];
  const ends: Refusal[] = [];
  const routes: (readonly string[])[] = [];
  const listener: RelayListener = {
    onObservation: (observation) => void heard.push(observation),
    onRoute: (engines) => void routes.push(engines),
    onEnd: (reason) => void ends.push(reason),
  };
  return { heard, ends, routes, listener };
}

function demand(t: ExecutionContext, opened: Relay | Refusal): Relay {
  t.true(opened.ok, JSON.stringify(opened));
  if (!opened.ok) throw new Error(opened.message);
  return opened;
}

test('a relay first says what is known, as the link would have told it, and then all that the link tells', (t) => {
  const { clock, links, session } = openSession();
  links.a.emit({ type: 'identity', identity: IDENTITY });
  links.a.emit({ type: 'source', source: 'poll', note: 'no main log' });
  const readings = [reading('g:x', 'RUNNING'), reading('g:y', 'STOPPED')];
  links.a.emit({ type: 'all', readings, hostNow: clock.now() / 1_000 + 3_600, latencyMs: 4, pollMs: 5_000 });
  links.a.emit({ type: 'agent', process: 'g:x' });
  const { heard, listener } = listen();
  const relay = demand(t, session.relays.open({ actor: OWNER, supervisor: 'a' }, listener));
  t.deepEqual(relay.state(), [
    { type: 'connecting' },
    { type: 'identity', identity: IDENTITY },
    { type: 'source', source: 'poll', note: 'no main log' },
    { type: 'all', readings, hostNow: clock.now() / 1_000 + 3_600, latencyMs: 4, pollMs: 5_000 },
    { type: 'agent', process: 'g:x' },
  ]);
  const news: readonly Observation[] = [
    { type: 'transitions', transitions: [reported('g:x', 'EXITED')] },
    { type: 'some', readings: [reading('g:x', 'EXITED')], gone: [], askedMsAgo: 3 },
    { type: 'gap', message: 'lost' },
    { type: 'down', error: { code: 'refused', message: 'nobody listens' } },
    { type: 'connecting' },
  ];
  news.forEach(links.a.emit);
  links.b.emitAll([reading('g:z', 'RUNNING')]);
  t.deepEqual(heard, news, 'in their order, and nothing of another supervisor');
  t.deepEqual(relay.state(), [
    { type: 'connecting' },
    { type: 'down', error: { code: 'refused', message: 'nobody listens' } },
  ]);
  relay.close();
  links.a.emit({ type: 'connecting' });
  t.is(heard.length, news.length, 'nothing after it was closed');
});

test('of a supervisor that was never reached only that is told', (t) => {
  const { session } = openSession();
  const relay = demand(t, session.relays.open({ actor: OWNER, supervisor: 'a' }, listen().listener));
  t.deepEqual(relay.state(), [{ type: 'connecting' }]);
});

test('the clock of the host is told as it is now, so that uptimes stay right', async (t) => {
  const { clock, links, session } = openSession();
  const start = clock.now();
  links.a.emit({
    type: 'all',
    readings: [reading('g:x', 'RUNNING')],
    hostNow: start / 1_000 - 100,
    latencyMs: 1,
    pollMs: 1,
  });
  await clock.advance(50_000);
  const relay = demand(t, session.relays.open({ actor: OWNER, supervisor: 'a' }, listen().listener));
  const all = relay.state().find((observation) => observation.type === 'all');
  t.is(all?.type === 'all' && all.hostNow, start / 1_000 - 50);
});

test('what is not there or out of scope cannot be had, and the nearest name in scope is told', (t) => {
  const { session } = openSession();
  const rows = [
    [OWNER, 'c', 'it has no supervisor "c"; did you mean "a"?'],
    [{ ...OWNER, supervisors: ['b'] }, 'a', 'it has no supervisor "a"; did you mean "b"?'],
    [{ ...OWNER, supervisors: ['none'] }, 'a', 'it has no supervisor "a"'],
  ] as const;
  for (const [actor, supervisor, message] of rows) {
    const opened = session.relays.open({ actor, supervisor }, listen().listener);
    t.deepEqual(opened, { ok: false, code: 'not-found', message });
  }
});

test('a supervisor that is taken out or moved ends its relays; one that is kept does not', (t) => {
  const { session, watched, links } = openSession();
  const [gone, kept] = [listen(), listen()];
  const relay = demand(t, session.relays.open({ actor: OWNER, supervisor: 'a' }, gone.listener));
  demand(t, session.relays.open({ actor: OWNER, supervisor: 'b' }, kept.listener));
  relay.attend(true);
  session.reconfigure([{ ...watched.b, spec: spec('b', { tags: ['new'] }) }]);
  t.deepEqual(
    gone.ends.map(({ code }) => code),
    ['not-found'],
  );
  t.deepEqual(kept.ends, []);
  links.b.emitAll([]);
  t.is(kept.heard.length, 1);
  relay.attend(true);
  relay.reread([]);
  t.deepEqual([relay.state(), links.a.rereads], [[], []]);
});

test('somebody who looks far away counts, for that supervisor alone and as long as they look', (t) => {
  const { session, links } = openSession();
  const relay = demand(t, session.relays.open({ actor: OWNER, supervisor: 'a' }, listen().listener));
  const other = demand(t, session.relays.open({ actor: OWNER, supervisor: 'a' }, listen().listener));
  t.deepEqual(links.a.attended, []);
  relay.attend(true);
  relay.attend(true);
  other.attend(true);
  const unsubscribe = session.subscribe(() => {});
  t.deepEqual([links.a.attended, links.b.attended], [[true], [true]]);
  relay.close();
  unsubscribe();
  t.deepEqual([links.a.attended, links.b.attended], [[true], [true, false]]);
  other.attend(false);
  t.deepEqual(links.a.attended, [true, false]);
  other.close();
  t.deepEqual(links.a.attended, [true, false]);
});

test('what is named is reread; names that nobody knows reach no supervisord', (t) => {
  const { session, links } = openSession();
  links.a.emitAll([reading('g:x', 'RUNNING')]);
  const relay = demand(t, session.relays.open({ actor: OWNER, supervisor: 'a' }, listen().listener));
  relay.reread(['g:x']);
  relay.reread(['g:x', 'g:\u0000']);
  relay.reread([]);
  t.deepEqual(links.a.rereads, [['g:x'], [], []]);
});

test('its route begins here, and is told again when the link says that it goes through others', (t) => {
  const { session, routes } = openSession();
  const { routes: told, listener } = listen();
  const relay = demand(t, session.relays.open({ actor: OWNER, supervisor: 'a' }, listener));
  t.deepEqual(relay.route(), ['engine-1']);
  t.is(routes[0]?.self, 'engine-1');
  routes[0]?.through(['engine-2', 'engine-3']);
  t.deepEqual(told, [['engine-1', 'engine-2', 'engine-3']]);
  t.deepEqual(relay.route(), ['engine-1', 'engine-2', 'engine-3']);
});

const CALLS: readonly (readonly [LinkCall, Role])[] = [
  [{ op: 'start', target: 'g:x' }, 'operator'],
  [{ op: 'stop', target: 'g:x' }, 'operator'],
  [{ op: 'signal', target: 'g:x', signal: 'HUP' }, 'operator'],
  [{ op: 'stop-group', group: 'g' }, 'operator'],
  [{ op: 'clear', target: 'g:x' }, 'admin'],
  [{ op: 'reread' }, 'admin'],
  [{ op: 'add-group', group: 'g' }, 'admin'],
  [{ op: 'remove-group', group: 'g' }, 'admin'],
  [{ op: 'reload' }, 'admin'],
  [{ op: 'shutdown' }, 'admin'],
];

test('a call needs the role of the act that it is a part of, and a scope, and no read_only', async (t) => {
  const roles = ['viewer', 'operator', 'admin'] as const;
  for (const [linkCall, least] of CALLS) {
    for (const role of roles) {
      const may = roles.indexOf(role) >= roles.indexOf(least);
      const { links, call } = openSession();
      links.a.emitAll([reading('g:x', 'RUNNING')]);
      const result = await call(linkCall, { name: 'eve', role, supervisors: ['a'] });
      t.is(result.ok || result.code, may || 'not-allowed', `${role} ${linkCall.op}`);
      t.is(links.a.calls.length, may ? 1 : 0);
    }
    const { links, call } = openSession({ readOnly: true });
    links.a.emitAll([reading('g:x', 'RUNNING')]);
    links.b.emitAll([reading('g:x', 'RUNNING')]);
    t.like(await call(linkCall), { ok: false, code: 'not-allowed' }, `read_only ${linkCall.op}`);
    t.like(await call(linkCall, { ...OWNER, supervisors: ['a'] }, 'b'), { ok: false, code: 'not-found' });
    t.like(await call(linkCall, OWNER, 'c'), { ok: false, code: 'not-found' });
    t.deepEqual([links.a.calls, links.b.calls], [[], []]);
  }
});

test('a call to what is not there, or cannot be reached, is refused in words and goes nowhere', async (t) => {
  const { links, call } = openSession();
  t.like(await call({ op: 'reread' }), { code: 'unreachable', message: 'it has not answered yet' });
  links.a.emitAll([reading('g:x', 'RUNNING')]);
  t.like(await call({ op: 'stop', target: 'g:none' }), { code: 'not-found', message: 'no such process' });
  links.a.emit({ type: 'down', error: { code: 'refused', message: 'nobody listens' } });
  t.like(await call({ op: 'stop', target: 'g:x' }), { code: 'unreachable', message: 'nobody listens' });
  t.deepEqual(links.a.calls, []);
});

test('who asked is in the timeline, no row is marked for long, and what came to nothing is nobody’s doing', async (t) => {
  const { links, session, call } = openSession();
  links.a.emit({ type: 'source', source: 'log', note: '' });
  links.a.emitAll([reading('g:x', 'RUNNING'), reading('g:y', 'RUNNING'), reading('g:z', 'STOPPED')]);
  const tell = (rpcName: string, to: 'STOPPING' | 'STOPPED' | 'STARTING' | 'EXITED') =>
    links.a.emit({ type: 'transitions', transitions: [reported(rpcName, to)] });
  const byOf = () => session.timeline().map(({ uid, to, by }) => `${uid} ${to} ${by}`);
  await call({ op: 'stop', target: 'g:x' });
  t.is(session.snapshot().supervisors.get('a')?.processes.get('a:g:x')?.pending, null);
  tell('g:x', 'STOPPING');
  tell('g:x', 'STOPPED');
  tell('g:x', 'STARTING');
  t.deepEqual(byOf(), ['a:g:x STOPPING ann', 'a:g:x STOPPED ann', 'a:g:x STARTING null']);

  await call({ op: 'stop-group', group: 'g' });
  tell('g:y', 'STOPPING');
  tell('g:z', 'STARTING');
  t.deepEqual(byOf().slice(3), ['a:g:y STOPPING ann', 'a:g:z STARTING null']);

  for (const answer of [
    { ok: true, unchanged: true },
    { ok: false, code: 'fault', message: 'no' },
  ] as const) {
    links.a.answer = () => answer;
    const before = session.timeline().length;
    await call({ op: 'signal', target: 'g:z', signal: 'HUP' });
    tell('g:z', 'EXITED');
    t.deepEqual(byOf().slice(before), ['a:g:z EXITED null']);
    tell('g:z', 'STARTING');
  }
});

test('a process that a command of ours is under way on can still be called for', async (t) => {
  const { links, session, call } = openSession();
  links.a.emitAll([reading('g:x', 'RUNNING')]);
  void session.send({ action: 'stop', targets: ['a:g:x'], wait: true }, { signal: never });
  t.is(session.snapshot().supervisors.get('a')?.processes.get('a:g:x')?.pending, 'stop');
  t.deepEqual(await call({ op: 'signal', target: 'g:x', signal: 'KILL' }), { ok: true, unchanged: false });
  await session.close();
});

test('of what a log says nothing goes over a relay', async (t) => {
  const { clock, links, session } = openSession();
  const { heard, listener } = listen();
  links.a.logs.set('a:g:x stderr', 'password=hunter2');
  links.a.emit({ type: 'source', source: 'log', note: '' });
  links.a.emitAll([reading('g:x', 'RUNNING')]);
  const viewer: Actor = { name: 'vic', role: 'viewer', supervisors: ['*'] };
  const relay = demand(t, session.relays.open({ actor: viewer, supervisor: 'a' }, listener));
  const reason = { kind: 'exit', status: 1, expected: false } as const;
  links.a.emit({ type: 'transitions', transitions: [reported('g:x', 'EXITED', { reason })] });
  links.a.emitSome([reading('g:x', 'EXITED', { exitStatus: 1 })]);
  await clock.advance(1_000);
  const [process] = session.snapshot().supervisors.get('a')?.processes.values() ?? [];
  t.is(process?.fall?.lastLine, 'password=hunter2');
  const told = JSON.stringify([relay.state(), heard]);
  t.false(told.includes('hunter2'));
  t.true(told.includes('"status":1'));
});
