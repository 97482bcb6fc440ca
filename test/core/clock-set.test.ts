// Somebody sets the clock on the wall while we wait: every wait and every order of events goes by the monotonic clock.
import test from 'ava';
import type { LinkError } from '../../src/core/model.ts';
import { createRemoteSessionOver } from '../../src/core/wire/remote-session.ts';
import { decodeClientMessage, encodeServerMessage, encodeSnapshot } from '../../src/core/wire/codec.ts';
import type { LineHandlers } from '../../src/core/wire/dial.ts';
import { uptimeSeconds } from '../../src/core/view/text.ts';
import { createManualClock } from '../helpers/core/manual-clock.ts';
import { openCommands, toBrief } from '../helpers/core/open-commands.ts';
import { AT_FIRST, openEngine } from '../helpers/core/open-engine.ts';
import { reading, reported } from '../helpers/core/readings.ts';

const JUMPS = [
  ['back 5 min', -300_000],
  ['back 1 h', -3_600_000],
  ['forward 1 h', 3_600_000],
] as const;

for (const [title, jump] of JUMPS) {
  test(`clock ${title}: a process that was stopped is shown as stopped at once`, (t) => {
    const { all, some, log, pass, setClock, tick, get, story, withLog } = openEngine();
    withLog();
    all(reading('g:x', 'RUNNING'));
    pass(10_000);
    log(reported('g:x', 'RUNNING', { pid: 7 }));
    pass(10_000);
    setClock(jump);
    const { effects } = some(reading('g:x', 'STOPPED'));
    t.is(get('g:x')?.state, 'STOPPED');
    const wake = effects.find((effect) => effect.type === 'wake');
    t.is(wake?.at, AT_FIRST.monotonic + 21_500, 'the grace is not a jump long');
    pass(1_500);
    tick();
    t.is(story().at(-1), 'RUNNING STOPPED');
  });

  test(`clock ${title}: within the grace a report still explains a reading, and amends it shortly after`, (t) => {
    const { engine, all, some, log, pass, setClock, tick, withLog } = openEngine();
    withLog();
    all(reading('g:x', 'RUNNING'));
    pass(5_000);
    some(reading('g:x', 'EXITED', { exitStatus: 3, spawnError: 'Bad exit code' }));
    setClock(jump);
    tick();
    t.is(engine.timeline().length, 0, 'the report may still come');
    pass(1_500);
    tick();
    t.is(engine.timeline().length, 1);
    setClock(jump);
    pass(1_000);
    log(reported('g:x', 'EXITED', { reason: { kind: 'exit', status: 3, expected: false } }));
    t.is(engine.timeline().length, 1, 'told once');
    t.is(engine.timeline()[0]?.source, 'log');
  });

  test(`clock ${title}: who asked is forgotten when it is long ago, and not before`, (t) => {
    for (const [later, by] of [
      [170_000, 'ann'],
      [190_000, null],
    ] as const) {
      const { engine, all, log, pass, setClock } = openEngine();
      all(reading('g:x', 'RUNNING'));
      engine.handle({ type: 'asked', uids: ['a:g:x'], action: 'stop', by: 'ann' }, AT_FIRST);
      setClock(jump);
      pass(later);
      log(reported('g:x', 'STOPPED'));
      t.is(engine.timeline().at(-1)?.by, by);
    }
  });

  test(`clock ${title}: the better explanation of a fall is kept`, (t) => {
    const { all, log, pass, setClock, get } = openEngine();
    all(reading('g:x', 'RUNNING'));
    pass(1_000);
    log(reported('g:x', 'BACKOFF', { reason: { kind: 'exit', status: 4, expected: false } }));
    setClock(jump);
    pass(3_000);
    log(reported('g:x', 'FATAL', { reason: { kind: 'gave-up', message: 'too many start retries too quickly' } }));
    t.deepEqual(get('g:x')?.fall?.reason, { kind: 'exit', status: 4, expected: false });
  });

  test(`clock ${title}: everything is read anew, and uptimes are right with the next answer`, (t) => {
    const { engine, observe, all, pass, setClock } = openEngine();
    const hostNow = 1_700_000_000;
    all(reading('g:x', 'RUNNING'));
    pass(1_000);
    setClock(jump);
    const { effects } = observe({ type: 'source', source: 'log', note: '' });
    t.deepEqual(effects, [{ type: 'reread' }]);
    observe({ type: 'some', readings: [reading('g:x', 'RUNNING')], gone: [], hostNow });
    const offset = engine.snapshot().supervisors.get('a')?.clockOffsetMs ?? 0;
    t.true(Math.abs(offset + jump) < 2_000, `${offset}`);
    t.deepEqual(observe({ type: 'source', source: 'log', note: '' }).effects, [], 'once');
  });

  test(`clock ${title}: an act waits for an absent supervisor as long as ever`, async (t) => {
    const { clock, link, session, send } = openCommands([reading('g:x', 'RUNNING')]);
    const done = send({ action: 'stop', targets: ['a:g:x'], wait: true });
    await clock.advance(1_000);
    link.emit({ type: 'down', error: { code: 'closed', message: 'it went away' } });
    clock.set(jump);
    let over = false;
    void done.then(() => (over = true));
    await clock.advance(10_000);
    t.false(over, 'not yet');
    await clock.advance(10_000);
    t.deepEqual((await done).map(toBrief), ['a:g:x false unreachable RUNNING>RUNNING']);
    await session.close();
  });

  test(`clock ${title}: a roll goes on with the next batch after its pause`, async (t) => {
    const { clock, link, session, send } = openCommands([reading('g:x', 'STOPPED'), reading('g:y', 'STOPPED')]);
    link.answer = (call) => {
      if (call.op === 'start') link.emitSome([reading(call.target, 'RUNNING')]);
      return { ok: true, unchanged: false };
    };
    const roll = { batch: 1, pauseMs: 2_000, maxFailures: 1 };
    const done = send({ action: 'start', targets: ['a:g:x', 'a:g:y'], roll });
    await clock.advance(500);
    clock.set(jump);
    await clock.advance(500);
    t.is(link.calls.filter(({ op }) => op === 'start').length, 1, 'the pause is not over');
    await clock.advance(3_000);
    t.deepEqual(
      (await done).map(({ code }) => code),
      ['ok', 'ok'],
    );
    await session.close();
  });

  test(`clock ${title}: a server that fell silent is found by the heartbeat, one that answers is kept`, async (t) => {
    const clock = createManualClock();
    let handlers: LineHandlers | null = null;
    let answers = true;
    const pings: number[] = [];
    const closed: LinkError[] = [];
    const session = createRemoteSessionOver({
      clock,
      random: () => 0,
      name: 'lab',
      dial: (opened) => {
        handlers = opened;
        return {
          send: (text) => {
            const decoded = decodeClientMessage(text);
            if (!decoded.ok || decoded.message.type !== 'ping') return;
            const { id } = decoded.message;
            pings.push(id);
            if (answers) clock.after(1, () => opened.onMessage(encodeServerMessage({ type: 'pong', id })));
          },
          close: (error) => {
            closed.push(error);
            opened.onClose(error);
          },
        };
      },
    });
    const said = { name: 'lab', epoch: 'e', revision: 0, supervisors: new Map() };
    const line: LineHandlers = handlers ?? t.fail();
    line.onOpen();
    line.onMessage(encodeSnapshot(said));
    line.onMessage(encodeServerMessage({ type: 'transitions', transitions: [] }));
    t.is(session.connection().state, 'live');
    clock.set(jump);
    await clock.advance(19_000);
    t.is(pings.length, 0);
    await clock.advance(32_000);
    t.is(pings.length, 2);
    answers = false;
    clock.set(jump);
    await clock.advance(31_000);
    t.is(closed[0]?.code, 'timeout');
    await session.close();
  });
}

test('a clock that is only kept right is no jump', (t) => {
  const { observe, pass, setClock } = openEngine();
  for (let second = 0; second < 100; second++) {
    pass(1_000);
    setClock(500);
    t.deepEqual(observe({ type: 'source', source: 'log', note: `${second}` }).effects, []);
  }
});

test('a host whose clock is set ahead between two full reads: what restarts there has run for as long as it has', (t) => {
  const { engine, observe, all, pass } = openEngine();
  all(reading('g:x', 'RUNNING'), reading('g:y', 'RUNNING'));
  pass(2_000);
  const hostNow = 1_700_003_602;
  observe({ type: 'some', readings: [reading('g:x', 'RUNNING', { startedAt: hostNow - 30 })], gone: [], hostNow });
  const supervisor = engine.snapshot().supervisors.get('a');
  const process = supervisor?.processes.get('a:g:x');
  if (!supervisor || !process) return t.fail();
  t.is(uptimeSeconds(process, supervisor, AT_FIRST.now + 2_000), 30);
});
