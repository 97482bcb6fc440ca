import test from 'ava';
import { createAlertStory, ruleOf } from '../../helpers/core/alert-story.ts';
import { NOW } from '../../helpers/core/snapshot.ts';

const P0 = 'a:p:p0';
const P1 = 'a:p:p1';

test('a process that is given up is told once, and once that it runs again, with its length', (t) => {
  const story = createAlertStory([ruleOf('fatal')], { a: 2 });
  const reason = { kind: 'exit', status: 2, expected: false } as const;
  story.set(P0, { state: 'FATAL', fall: { at: NOW, reason, lastLine: 'port in use' } });
  story.pass(1_000);
  t.deepEqual(story.brief(), [`opened fatal ${P0}`]);
  t.is(story.told[0]?.incidents[0]?.why, 'exit 2: port in use');
  // A try that comes to nothing is no recovery.
  story.set(P0, { state: 'STARTING' });
  story.pass(1_000);
  story.set(P0, { state: 'FATAL' });
  story.pass(58_000);
  t.is(story.told.length, 1);
  story.set(P0, { state: 'RUNNING' });
  story.pass(1_000);
  t.deepEqual(story.brief(), [`opened fatal ${P0}`, `closed fatal ${P0}`]);
  const closed = story.told[1]?.incidents[0];
  t.is(closed?.lengthMs, 60_000);
  t.is(closed?.end, 'recovered');
  t.is(closed?.id, story.told[0]?.incidents[0]?.id);
});

test('what lasts for less than `for` is not told', (t) => {
  const story = createAlertStory([ruleOf('fatal, unreachable', { forMs: 30_000 })], { a: 1 });
  story.set(P0, { state: 'FATAL' });
  story.pass(29_000);
  story.set(P0, { state: 'RUNNING' });
  story.link('a', 'down');
  story.pass(29_000);
  story.link('a', 'up');
  story.pass(60_000);
  t.deepEqual(story.brief(), []);
  t.deepEqual(story.kept(), []);
  story.set(P0, { state: 'FATAL' });
  const began = story.now();
  story.pass(60_000);
  t.deepEqual(story.brief(), [`opened fatal ${P0}`]);
  t.true((story.told[0]?.at ?? 0) - began < 30_500);
});

test('a crash is told although it runs again already, and is over when it has stayed up', (t) => {
  const story = createAlertStory([ruleOf('unexpected-exit')], { a: 1 });
  story.crash(P0);
  story.set(P0, { state: 'RUNNING' });
  story.pass(5_000);
  t.deepEqual(story.brief(), [`opened unexpected-exit ${P0}`]);
  story.crash(P0);
  story.set(P0, { state: 'RUNNING' });
  story.pass(9_000);
  t.is(story.told.length, 1);
  story.pass(2_000);
  t.deepEqual(story.brief(), [`opened unexpected-exit ${P0}`, `closed unexpected-exit ${P0}`]);
  t.is(story.told[1]?.incidents[0]?.times, 2);
});

test('a process that flaps is one incident, whatever each turn of it is', (t) => {
  const story = createAlertStory([ruleOf('unexpected-exit, flapping')], { a: 1 });
  story.set(P0, { flapping: { times: 5, minutes: 10 } });
  for (let turn = 0; turn < 40; turn++) {
    story.crash(P0);
    story.pass(1_000);
    story.set(P0, { state: 'RUNNING' });
    story.pass(14_000);
  }
  t.deepEqual(story.brief(), [`opened flapping ${P0}`]);
  story.set(P0, { flapping: null });
  story.pass(1_000);
  t.deepEqual(story.brief(), [`opened flapping ${P0}`, `closed flapping ${P0}`]);
});

test('an expected exit, a stop by its configuration and a restart by hand are no incidents', (t) => {
  const story = createAlertStory([ruleOf('fatal, unexpected-exit, stopped-by-hand')], { a: 1 });
  story.set(P0, {
    state: 'EXITED',
    fall: { at: NOW, reason: { kind: 'exit', status: 0, expected: true }, lastLine: '' },
  });
  story.pass(20_000);
  story.set(P0, { state: 'STARTING' });
  story.set(P0, { state: 'RUNNING' });
  story.set(P0, { state: 'STOPPED' });
  story.pass(2_000);
  story.set(P0, { state: 'STARTING' });
  story.pass(60_000);
  story.set(P0, { state: 'STOPPED', pending: 'restart' });
  story.pass(60_000);
  story.set(P0, { state: 'RUNNING', pending: null });
  t.deepEqual(story.brief(), []);
  story.set(P0, { state: 'STOPPED' });
  story.pass(6_000);
  story.set(P0, { state: 'STARTING' });
  story.pass(1_000);
  t.deepEqual(story.brief(), [`opened stopped-by-hand ${P0}`, `closed stopped-by-hand ${P0}`]);
});

test('a host that goes away is one message, whatever it takes along', (t) => {
  const story = createAlertStory([ruleOf('fatal, unexpected-exit, unreachable, stopped-by-hand')], { a: 30, b: 1 });
  // Its processes fall while it goes down, and are seen to.
  for (let i = 0; i < 30; i++) story.crash(`a:p:p${i}`);
  story.link('a', 'down');
  story.pass(60_000);
  t.deepEqual(story.brief(), ['opened unreachable a']);
  for (let i = 0; i < 30; i++) story.set(`a:p:p${i}`, { state: 'RUNNING' });
  story.link('a', 'up');
  story.pass(60_000);
  t.deepEqual(story.brief(), ['opened unreachable a', 'closed unreachable a']);
  t.deepEqual(story.machine.open(), []);
});

test('what is still wrong when the host is back is told then', (t) => {
  const story = createAlertStory([ruleOf('fatal, unreachable')], { a: 2 });
  story.link('a', 'down');
  story.set(P0, { state: 'FATAL' });
  story.pass(60_000);
  story.link('a', 'up');
  story.pass(60_000);
  t.deepEqual(story.brief().toSorted(), ['closed unreachable a', `opened fatal ${P0}`, 'opened unreachable a']);
});

test('a storm of 200 is one message, and so is its end', (t) => {
  const story = createAlertStory([ruleOf('fatal')], { a: 200 });
  for (let i = 0; i < 200; i++) {
    story.set(`a:p:p${i}`, { state: 'FATAL' });
    story.pass(10);
  }
  story.pass(20_000);
  t.deepEqual(story.brief(), ['opened 200']);
  for (let i = 0; i < 200; i++) {
    story.set(`a:p:p${i}`, { state: 'RUNNING' });
    story.pass(100);
  }
  story.pass(20_000);
  t.deepEqual(story.brief(), ['opened 200', 'closed 200']);
});

test('a storm that goes on for long is told of again, not one by one', (t) => {
  const story = createAlertStory([ruleOf('fatal')], { a: 400 });
  for (let i = 0; i < 400; i++) {
    story.set(`a:p:p${i}`, { state: 'FATAL' });
    story.pass(100);
  }
  story.pass(20_000);
  // The first twenty came before anybody could know.
  t.true(story.told.length <= 20 + 5, story.brief().join(', '));
  t.is(
    story.told.reduce((sum, { incidents }) => sum + incidents.length, 0),
    400,
  );
});

test('twenty at once are told one by one', (t) => {
  const story = createAlertStory([ruleOf('fatal')], { a: 20 });
  for (let i = 0; i < 20; i++) story.set(`a:p:p${i}`, { state: 'FATAL' });
  story.pass(20_000);
  t.is(story.told.length, 20);
  t.true(story.told.every(({ incidents }) => incidents.length === 1));
});

test('it is told again after `repeat` for as long as it lasts', (t) => {
  const story = createAlertStory([ruleOf('fatal', { repeatMs: 3_600_000 })], { a: 1 });
  story.set(P0, { state: 'FATAL' });
  story.pass(3 * 3_600_000 + 60_000);
  story.set(P0, { state: 'RUNNING' });
  story.pass(3 * 3_600_000);
  const again = `still-open fatal ${P0}`;
  t.deepEqual(story.brief(), [`opened fatal ${P0}`, again, again, again, `closed fatal ${P0}`]);
});

test('conditions over time: backoff, starting and restarts', (t) => {
  const story = createAlertStory([ruleOf('backoff>60s, starting>5m, restarts>3/1h')], { a: 3 });
  const [p0, p1, p2] = ['a:p:p0', 'a:p:p1', 'a:p:p2'];
  story.set(p0, { state: 'BACKOFF' });
  story.set(p1, { state: 'STARTING' });
  for (let second = 0; second < 59; second += 2) {
    story.set(p0, { state: second % 4 === 0 ? 'STARTING' : 'BACKOFF' });
    story.pass(2_000);
  }
  story.pass(2_000);
  t.deepEqual(story.brief(), [`opened backoff>60s ${p0}`]);
  story.set(p0, { state: 'RUNNING' });
  story.pass(245_000);
  t.deepEqual(story.brief().slice(1), [`closed backoff>60s ${p0}`, `opened starting>5m ${p1}`]);
  story.set(p1, { state: 'RUNNING' });
  for (let restarts = 1; restarts <= 4; restarts++) {
    t.is(story.brief().filter((told) => told.includes('restarts')).length, 0);
    story.set(p2, { restarts });
    story.pass(60_000);
  }
  t.is(story.brief().at(-1), `opened restarts>3/1h ${p2}`);
  story.pass(3_600_000);
  t.is(story.brief().at(-1), `closed restarts>3/1h ${p2}`);
});

test('selectors say which processes an alert is about, and with them which hosts', (t) => {
  const rule = ruleOf('fatal, unreachable', { select: ['!*:p0', 'sup=a'] });
  const story = createAlertStory([rule], { a: 2, b: 2 });
  for (const uid of [P0, P1, 'b:p:p1']) story.set(uid, { state: 'FATAL' });
  story.pass(1_000);
  story.link('b', 'down');
  story.pass(1_000);
  t.deepEqual(story.brief(), [`opened fatal ${P1}`]);
  // One that is added later is looked at by the same selectors.
  story.set('a:p:p9', { state: 'FATAL' });
  story.pass(1_000);
  t.deepEqual(story.brief(), [`opened fatal ${P1}`, 'opened fatal a:p:p9']);
});

test('a mute keeps quiet what it means, and tells what still holds when it ends', (t) => {
  const story = createAlertStory([ruleOf('fatal, unreachable')], { a: 2 });
  const mute = {
    id: 'm1',
    selectors: ['a:p:p0'],
    until: NOW + 3_600_000,
    by: 'ops',
    supervisors: ['*'],
    why: 'new disk',
  };
  story.mute([mute]);
  story.set(P0, { state: 'FATAL' });
  story.set(P1, { state: 'FATAL' });
  story.pass(60_000);
  t.deepEqual(story.brief(), [`opened fatal ${P1}`]);
  t.is(story.machine.muteOf({ supervisor: 'a', uid: P0 })?.by, 'ops');
  // Of one process only: the host is not muted with it.
  t.is(story.machine.muteOf({ supervisor: 'a', uid: null }), null);
  story.pass(3_600_000);
  t.deepEqual(story.brief(), [`opened fatal ${P1}`, `opened fatal ${P0}`]);
});

test('what ends while it is muted is never told', (t) => {
  const story = createAlertStory([ruleOf('fatal')], { a: 1 });
  story.mute([{ id: 'm1', selectors: ['a:'], until: NOW + 3_600_000, by: 'ops', supervisors: ['*'], why: '' }]);
  story.set(P0, { state: 'FATAL' });
  story.pass(60_000);
  story.set(P0, { state: 'RUNNING' });
  story.mute([]);
  story.pass(60_000);
  t.deepEqual(story.brief(), []);
  t.is(story.kept()[0]?.end, 'recovered');
});

test('a process that is taken out of the configuration ends its incidents', (t) => {
  const story = createAlertStory([ruleOf('fatal')], { a: 2 });
  story.set(P0, { state: 'FATAL' });
  story.pass(1_000);
  story.remove(P0);
  story.pass(1_000);
  t.is(story.told[1]?.incidents[0]?.end, 'gone');
});

test('the next server tells neither again what was told nor forgets to tell that it is over', (t) => {
  const first = createAlertStory([ruleOf('fatal')], { a: 3 });
  first.set(P0, { state: 'FATAL' });
  first.set(P1, { state: 'FATAL' });
  first.pass(1_000);
  // Over, and the server ends before anybody is told.
  first.set(P1, { state: 'RUNNING' });
  const open = first.kept().filter(({ end }) => end === null);
  t.is(open.length, 2);
  const second = createAlertStory([ruleOf('fatal')], { a: 3 }, open);
  second.pass(60_000);
  t.deepEqual(second.brief().toSorted(), [`closed fatal ${P0}`, `closed fatal ${P1}`]);
  // One whose alert nobody asks for any more is closed without a word.
  const third = createAlertStory([ruleOf('flapping')], { a: 3 }, open);
  third.pass(60_000);
  t.deepEqual(third.brief(), []);
  t.true(third.kept().every(({ end }) => end === 'dropped'));
});

test('a clock that is set changes no wait', (t) => {
  const story = createAlertStory([ruleOf('fatal', { forMs: 30_000 })], { a: 1 });
  story.set(P0, { state: 'FATAL' });
  story.setWall(-3_600_000);
  story.pass(29_000);
  t.is(story.told.length, 0);
  story.setWall(7_200_000);
  story.pass(2_000);
  t.is(story.told.length, 1);
  story.set(P0, { state: 'RUNNING' });
  story.pass(1_000);
  t.is(story.told[1]?.incidents[0]?.lengthMs, 31_000);
});
