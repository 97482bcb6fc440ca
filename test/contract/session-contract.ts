// What every front end may rely on, whatever kind of Session it was given.
import { isDeepStrictEqual } from 'node:util';
import type { TestFn } from 'ava';
import type { Snapshot } from '../../src/core/model.ts';
import type { Command, Outcome, Session, SessionEvent } from '../../src/core/ports.ts';
import { SessionError } from '../../src/core/ports.ts';
import { findProcess, reduce } from '../../src/core/engine/reduce.ts';
import { collect, deadline, eventually } from '../helpers/deadline.ts';
import { reading, reported } from '../helpers/core/readings.ts';
import type { World } from '../helpers/core/world.ts';
import { openWorld } from '../helpers/core/world.ts';

export type Opened = { readonly session: Session; close(): Promise<void> };

const never = new AbortController().signal;
/** Without the epoch: who sees only a part has one of its own. */
const known = ({ name, revision, supervisors }: Snapshot) => ({ name, revision, supervisors });
const brief = ({ target, ok, code, from, to }: Outcome) => `${target} ${ok} ${code} ${from}>${to}`;

export function testSessionContract(
  test: TestFn,
  kind: { readonly name: string; readonly open: (world: World) => Promise<Opened> },
): void {
  const open = async (t: { teardown(end: () => Promise<void>): void }) => {
    const world = openWorld(['a', 'b']);
    const { session, close } = await kind.open(world);
    const events = collect<SessionEvent>();
    const unsubscribe = session.subscribe(events.push);
    t.teardown(async () => {
      await session.close();
      await close();
      await world.session.close();
    });
    const send = (command: Command, signal = never) => {
      const progress: Outcome[] = [];
      const outcomes = session.send(command, { signal, progress: (outcome) => progress.push(outcome) });
      return { progress, outcomes: deadline(outcomes, 5_000, 'the outcomes') };
    };
    const stateOf = (uid: string) => findProcess(session.snapshot(), uid)?.state;
    return { ...world, viewed: session, events, unsubscribe, send, stateOf };
  };
  test(`${kind.name}: the snapshot is what the links have read, and the connection is live`, async (t) => {
    const { viewed, session } = await open(t);
    t.deepEqual(known(viewed.snapshot()), known(session.snapshot()));
    t.is(viewed.connection().state, 'live');
  });

  test(`${kind.name}: deltas follow on from the snapshot and from one another`, async (t) => {
    const { viewed, session, events, link } = await open(t);
    let replayed: Snapshot | null = viewed.snapshot();
    const untouched = viewed.snapshot().supervisors.get('b');
    link('a').emitSome([reading('g:x', 'STOPPED')]);
    link('a').emitSome([reading('g:y', 'STARTING')]);
    link('a').emit({ type: 'down', error: { code: 'refused', message: 'nobody listens' } });
    await eventually(
      () => viewed.snapshot().revision,
      (revision) => revision === session.snapshot().revision,
      { what: 'it has caught up' },
    );
    for (const event of events.items) {
      if (event.type !== 'delta') continue;
      t.is(event.before.revision, event.delta.from);
      t.is(event.snapshot.revision, event.delta.to);
      replayed = replayed && reduce(replayed, event.delta);
    }
    t.deepEqual(replayed && known(replayed), known(session.snapshot()));
    t.deepEqual(known(viewed.snapshot()), known(session.snapshot()));
    t.is(viewed.snapshot().supervisors.get('b'), untouched, 'what did not change keeps its identity');
  });

  test(`${kind.name}: transitions are told and kept in the timeline; amended ones keep their place`, async (t) => {
    const { viewed, session, events, link } = await open(t);
    const first = events.items.length;
    link('a').emitSome([reading('g:x', 'EXITED', { exitStatus: 3 })]);
    const reason = { kind: 'exit', status: 3, expected: false } as const;
    link('a').emit({ type: 'transitions', transitions: [reported('g:x', 'EXITED', { reason })] });
    link('b').emit({ type: 'transitions', transitions: [reported('g:y', 'STARTING')] });
    const wanted = session.timeline().length;
    await events.until((event) => (event.type === 'transitions' ? event : undefined), {
      what: 'transitions',
      from: first,
    });
    await eventually(
      () => viewed.timeline(),
      (told) => isDeepStrictEqual(told, session.timeline()),
      { what: 'the same timeline' },
    );
    t.is(viewed.timeline().length, wanted);
  });

  test(`${kind.name}: a gap of a link reaches the viewer`, async (t) => {
    const { events, link } = await open(t);
    link('b').emit({ type: 'gap', message: 'the log was rotated away' });
    const gap = await events.until((event) => (event.type === 'gap' ? event : undefined), { what: 'the gap' });
    t.deepEqual(gap, { type: 'gap', supervisor: 'b', message: 'the log was rotated away' });
  });

  test(`${kind.name}: one outcome per target in their order, each told as soon as it is known`, async (t) => {
    const { link, send, stateOf, viewed } = await open(t);
    link('a').answer = (call) => {
      setImmediate(() => link('a').emitSome([reading('g:y', 'STARTING')]));
      return call.op === 'start' ? { ok: true, unchanged: false } : { ok: false, code: 'fault', message: 'no' };
    };
    const { outcomes, progress } = send({ action: 'start', targets: ['a:g:y', 'a:g:none', 'nonsense', 'z:g:x'] });
    t.deepEqual((await outcomes).map(brief), [
      'a:g:y true ok STOPPED>STARTING',
      'a:g:none false not-found null>null',
      'nonsense false not-found null>null',
      'z:g:x false not-found null>null',
    ]);
    t.deepEqual(progress.map(brief).toSorted(), (await outcomes).map(brief).toSorted());
    await eventually(
      () => findProcess(viewed.snapshot(), 'a:g:y'),
      (process) => process?.pending === null && process.state === 'STARTING',
      { what: 'nothing is pending any more' },
    );
    t.is(stateOf('a:g:y'), 'STARTING');
  });

  test(`${kind.name}: what is under way is seen by every viewer`, async (t) => {
    const { viewed, session, send } = await open(t);
    const stop = new AbortController();
    const { outcomes } = send({ action: 'stop', targets: ['b:g:x'], wait: true }, stop.signal);
    await eventually(
      () => [viewed, session].map((each) => findProcess(each.snapshot(), 'b:g:x')?.pending),
      (pending) => pending.every((action) => action === 'stop'),
      { what: 'the stop is pending' },
    );
    t.deepEqual(
      (await send({ action: 'restart', targets: ['b:g:x'] }).outcomes).map(({ code }) => code),
      ['busy'],
    );
    stop.abort();
    t.deepEqual((await outcomes).map(brief), ['b:g:x false cancelled RUNNING>RUNNING']);
    await eventually(
      () => findProcess(session.snapshot(), 'b:g:x')?.pending,
      (pending) => pending === null,
      { what: 'the cancelled stop is over' },
    );
  });

  test(`${kind.name}: a command that was aborted before it was sent is cancelled and touches nothing`, async (t) => {
    const { link, send } = await open(t);
    const { outcomes } = send({ action: 'stop', targets: ['a:g:x', 'b:g:x'] }, AbortSignal.abort());
    t.deepEqual(
      (await outcomes).map(({ target, code }) => [target, code]),
      [
        ['a:g:x', 'cancelled'],
        ['b:g:x', 'cancelled'],
      ],
    );
    t.deepEqual([link('a').calls, link('b').calls], [[], []]);
  });

  test(`${kind.name}: a command may have more targets than one message can hold`, async (t) => {
    const { send } = await open(t);
    const targets = Array.from({ length: 3_000 }, (_, i) => `a:a-rather-long-group-name:${i}-${'ü'.repeat(20)}`);
    const done = await send({ action: 'start', targets: [...targets, 'a:g:y'] }).outcomes;
    t.is(done.length, 3_001);
    t.deepEqual([done[0]?.code, done[2_999]?.target, done[3_000]?.code], ['not-found', targets[2_999], 'ok']);
  });

  test(`${kind.name}: a supervisor command gives its difference back`, async (t) => {
    const { link, send } = await open(t);
    const difference = { added: ['new'], changed: [], removed: ['old'] };
    link('a').answer = () => ({ ok: true, unchanged: false, difference });
    const [outcome] = await send({ action: 'reread', targets: ['a'] }).outcomes;
    t.deepEqual(outcome?.difference, difference);
  });

  test(`${kind.name}: a tail gives the text and the gaps, and ends when it is over`, async (t) => {
    const { link, viewed } = await open(t);
    link('a').tail = async function* () {
      yield { type: 'text', text: 'grüße\n' };
      yield { type: 'gap', reason: 'truncated' };
      yield { type: 'text', text: 'x'.repeat(300_000) };
    };
    const request = { uid: 'a:g:x', stream: 'stdout', backlogBytes: 100, follow: false } as const;
    let told = '';
    for await (const chunk of viewed.tail(request, { signal: AbortSignal.timeout(5_000) })) {
      told += chunk.type === 'text' ? chunk.text : `<${chunk.reason}>`;
    }
    t.is(told, `grüße\n<truncated>${'x'.repeat(300_000)}`);
  });

  test(`${kind.name}: a tail that cannot be had is an error with a code`, async (t) => {
    const { link, viewed } = await open(t);
    link('a').tail = async function* () {
      yield { type: 'text', text: '' };
      throw new SessionError('no-log', 'its output goes nowhere');
    };
    for (const [uid, code] of [
      ['a:g:x', 'no-log'],
      ['z:g:x', 'not-found'],
    ] as const) {
      const read = async () => {
        const request = { uid, stream: 'stdout', backlogBytes: 0, follow: true } as const;
        for await (const chunk of viewed.tail(request, { signal: AbortSignal.timeout(5_000) }))
          t.is(chunk.type, 'text');
      };
      const error = await t.throwsAsync(read, { instanceOf: SessionError });
      t.is(error?.code, code);
    }
  });

  test(`${kind.name}: aborting or leaving a followed tail ends it here and at the link`, async (t) => {
    const { link, viewed } = await open(t);
    const ended = collect<string>();
    link('a').tail = async function* (_request, { signal }) {
      try {
        yield { type: 'text', text: 'first' };
        await new Promise<void>((resolve) => {
          if (signal.aborted) resolve();
          else signal.addEventListener('abort', () => resolve(), { once: true });
        });
      } finally {
        ended.push('ended');
      }
    };
    const request = { uid: 'a:g:x', stream: 'stdout', backlogBytes: 0, follow: true } as const;
    const stop = new AbortController();
    for await (const chunk of viewed.tail(request, { signal: stop.signal })) {
      t.deepEqual(chunk, { type: 'text', text: 'first' });
      stop.abort();
    }
    await ended.until((_, index) => (index === 0 ? true : undefined), { what: 'the aborted one ends' });
    for await (const chunk of viewed.tail(request, { signal: never })) {
      t.is(chunk.type, 'text');
      break;
    }
    await ended.until((_, index) => (index === 1 ? true : undefined), { what: 'the left one ends' });
  });

  test(`${kind.name}: reread asks the named supervisors, or all of them`, async (t) => {
    const { link, viewed } = await open(t);
    viewed.reread(['b']);
    await eventually(
      () => [link('a').rereads.length, link('b').rereads.length],
      ([a, b]) => a === 0 && b === 1,
      { what: 'b is reread' },
    );
    viewed.reread([]);
    await eventually(
      () => [link('a').rereads.length, link('b').rereads.length],
      ([a, b]) => a === 1 && b === 2,
      { what: 'all are reread' },
    );
    t.pass();
  });

  test(`${kind.name}: links are attended to while somebody looks, and left alone when nobody does`, async (t) => {
    const { link, unsubscribe, viewed } = await open(t);
    await eventually(
      () => link('a').attended.at(-1),
      (attended) => attended === true,
      { what: 'attended' },
    );
    unsubscribe();
    await viewed.close();
    await eventually(
      () => link('a').attended.at(-1),
      (attended) => attended === false,
      { what: 'left alone' },
    );
    t.pass();
  });
}
