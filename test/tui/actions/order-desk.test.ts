import test from 'ava';
import { eventually } from '../../helpers/deadline.ts';
import type { LinkCall } from '../../../src/core/ports.ts';
import { openTui } from '../../helpers/terminal/open-tui.ts';
import type { FakeLink } from '../../helpers/core/fake-link.ts';
import { reading } from '../../helpers/core/readings.ts';
import type { World } from '../../helpers/core/world.ts';
import { openWorld } from '../../helpers/core/world.ts';

/** A supervisor with so many running processes `g:p1`, `g:p2`, … that obeys. */
function obey(link: FakeLink, count: number): void {
  const names = Array.from({ length: count }, (_, i) => `g:p${i + 1}`);
  link.emitAll(names.map((name) => reading(name, 'RUNNING', { pid: 100 })));
  link.answer = (call: LinkCall) => {
    if (call.op === 'stop') link.emitSome([reading(call.target, 'STOPPED')]);
    if (call.op === 'start') link.emitSome([reading(call.target, 'RUNNING', { pid: 200 })]);
    return { ok: true, unchanged: false };
  };
}

function calls(world: World, name: string): string {
  return world
    .link(name)
    .calls.map((call) => ('target' in call ? `${call.op} ${call.target}` : call.op))
    .join(', ');
}

test('stopping one asks with its full name, and anything but y leaves it alone', async (t) => {
  const world = openWorld(['a']);
  obey(world.link('a'), 2);
  const tui = openTui(world.session, { arrangement: { groupBy: 'none' }, commandOptions: ['-c', 'lab config.conf'] });
  t.teardown(tui.close);
  await tui.until(/p2/u);
  for (const key of ['n', 'enter', 'x', 'esc', 'space']) {
    tui.press('x');
    t.regex(tui.screen(), /stop a:g:p1\?/u);
    t.regex(tui.screen(), /\$ multivisor stop -c 'lab config\.conf' a:g:p1$/mu);
    tui.press(key);
    t.notRegex(tui.screen(), /stop a:g:p1\?/u, key);
  }
  t.is(calls(world, 'a'), '');
  tui.press('x');
  tui.press('y');
  t.regex(await tui.until(/STOPPED {3}p1/u), /○ STOPPED/u);
  t.regex(await tui.until(/stop a:g:p1: done/u), /RUNNING → STOPPED/u);
  t.is(calls(world, 'a'), 'stop g:p1');
});

test('starting one needs no question', async (t) => {
  const world = openWorld(['a']);
  const { link } = world;
  const tui = openTui(world.session, { arrangement: { groupBy: 'none' } });
  t.teardown(tui.close);
  link('a').answer = () => {
    link('a').emitSome([reading('g:y', 'RUNNING', { pid: 9 })]);
    return { ok: true, unchanged: false };
  };
  tui.press('j', 's');
  await tui.until(/start a:g:y: done/u);
  t.is(calls(world, 'a'), 'start g:y');
});

test('several are asked for with their numbers and hosts, and more than ten by typing their number', async (t) => {
  const world = openWorld(['a', 'b']);
  obey(world.link('a'), 8);
  obey(world.link('b'), 4);
  const tui = openTui(world.session, { arrangement: { groupBy: 'none' } });
  t.teardown(tui.close);
  await tui.until(/p8/u);
  tui.press('space', 'space', 'x');
  t.regex(tui.screen(), /stop 2 processes on a\?/u);
  tui.press('n', '*', 'r');
  const asked = tui.screen();
  t.regex(asked, /restart 12 processes on 2 supervisors\?/u);
  t.regex(asked, /● a .* 8 processes .*● 8 running/u);
  t.regex(asked, /● b .* 4 processes .*● 4 running/u);
  t.regex(asked, /\$ multivisor restart 'a:\*' 'b:\*'/u);
  t.regex(asked, /type 12 and press enter/u);
  tui.press('y', 'enter');
  t.is(calls(world, 'a'), '');
  tui.press('r');
  tui.press('1', '1', 'enter');
  t.is(calls(world, 'a'), '');
  tui.press('r');
  tui.press('1', '2', 'enter');
  t.regex(tui.screen(), /restart 12 .*12 left/u);
  await tui.until(/restart: 12 done/u, 15_000);
  t.is(world.link('b').calls.length, 8);
});

test('a protected supervisor is always asked about, a read-only one never touched', async (t) => {
  const world = openWorld(['a', 'b'], { specs: { a: { protected: true }, b: { readOnly: true } } });
  const tui = openTui(world.session, { arrangement: { groupBy: 'none' } });
  t.teardown(tui.close);
  tui.press('j', 's');
  t.regex(tui.screen(), /start a:g:y\?/u);
  t.regex(tui.screen(), /protected/u);
  tui.press('n', 'j', 'x');
  t.regex(tui.screen(), /b is read_only in the configuration/u);
  t.notRegex(tui.screen(), /stop b:g:x\?/u);
});

test('marks that the filter hides are not acted on without being told', async (t) => {
  const world = openWorld(['a', 'b']);
  const tui = openTui(world.session, { arrangement: { groupBy: 'none' } });
  t.teardown(tui.close);
  tui.press('j', 'space', '/');
  tui.type('sup:b');
  tui.press('enter', 's');
  t.regex(tui.screen(), /start a:g:y\? +1 of them is marked but not shown/u);
  tui.press('esc');
  // The choice of the signal stands between the key and the question.
  tui.press('K', 'enter');
  t.regex(tui.screen(), /send HUP to a:g:y\? +1 of them is marked but not shown/u);
  tui.press('esc');
  t.is(calls(world, 'a'), '');
});

test('read-only and a viewer role disable the keys and say why', async (t) => {
  const world = openWorld(['a']);
  const tui = openTui(world.session, { readOnly: 'started with --read-only' });
  t.teardown(tui.close);
  t.notRegex(tui.lines().at(-1) ?? '', /restart/u);
  t.regex(tui.lines().at(-1) ?? '', /read-only/u);
  tui.press('j', 'x');
  t.regex(tui.screen(), /stop is disabled: started with --read-only/u);
  tui.press('K');
  t.regex(tui.screen(), /signal is disabled/u);

  const viewer = openTui(world.session.as({ name: 'eve', role: 'viewer', supervisors: ['*'] }));
  t.teardown(viewer.close);
  viewer.press('j', 'r');
  t.regex(viewer.screen(), /restart needs the role operator; eve is viewer/u);
  t.notRegex(viewer.lines().at(-1) ?? '', /restart/u);
  viewer.press('l');
  t.regex(viewer.screen(), /logs needs the role operator/u);
  t.is(calls(world, 'a'), '');
});

test('shutdown and reload want the name of the supervisor, and of several their number', async (t) => {
  const world = openWorld(['alpha', 'beta']);
  const tui = openTui(world.session);
  t.teardown(tui.close);
  tui.press('2', 'X');
  t.regex(tui.screen(), /shutdown alpha\?/u);
  t.regex(tui.screen(), /type alpha and press enter/u);
  tui.press('y', 'enter');
  t.is(calls(world, 'alpha'), '');
  tui.press('X');
  tui.type('alpha');
  tui.press('enter');
  await tui.until(/shutdown alpha/u);
  t.is(calls(world, 'alpha'), 'shutdown');
  tui.press('*', 'L');
  t.regex(tui.screen(), /reload 2 supervisors\?[^]*type 2 and press enter/u);
  tui.type('alpha');
  tui.press('enter');
  t.regex(tui.screen(), /reload: left as it was/u);
});

test('a signal is chosen, then asked for', async (t) => {
  const world = openWorld(['a']);
  const tui = openTui(world.session, { arrangement: { groupBy: 'none' } });
  t.teardown(tui.close);
  tui.press('K', 'j', 'enter');
  t.regex(tui.screen(), /send USR1 to a:g:x\?/u);
  t.regex(tui.screen(), /\$ multivisor signal USR1 a:g:x/u);
  tui.press('y');
  await tui.until(/signal a:g:x: done/u);
  t.deepEqual(world.link('a').calls, [{ op: 'signal', target: 'g:x', signal: 'USR1' }]);
});

test('a failure is told with its reason, each one in the history', async (t) => {
  const world = openWorld(['a', 'b']);
  world.link('a').answer = () => ({ ok: false, code: 'fault', message: 'SPAWN_ERROR: no such file' });
  world.link('b').answer = world.link('a').answer;
  const tui = openTui(world.session, { arrangement: { groupBy: 'none' } });
  t.teardown(tui.close);
  tui.press('*', 's');
  await tui.until(/start: 0 done, 4 failed/u);
  tui.press('m');
  t.regex(tui.screen(), /✖ start a:g:y: .*SPAWN_ERROR: no such file/u);
  t.regex(tui.screen(), /✖ start b:g:y: .*SPAWN_ERROR: no such file/u);
});

test('a restart can be made a rolling one in its dialog, and copied as a command line', async (t) => {
  const world = openWorld(['a']);
  obey(world.link('a'), 4);
  const tui = openTui(world.session, { arrangement: { groupBy: 'none' } });
  t.teardown(tui.close);
  await tui.until(/p4/u);
  tui.press('*', 'r', 'ctrl-b', 'ctrl-b');
  t.regex(tui.screen(), /restart 4 processes on a, 2 at a time\?/u);
  tui.press('ctrl-y', 'y');
  t.deepEqual(tui.copied, ["multivisor restart --batch 2 'a:*'"]);
  await tui.until(/restart: 4 done/u, 15_000);
  t.regex(calls(world, 'a'), /^stop g:p1, stop g:p2, start g:p1, start g:p2, stop g:p3/u);
});

test('what comes of stopping an agent is told in the question', async (t) => {
  const world = openWorld(['a']);
  const tui = openTui(world.session, { arrangement: { groupBy: 'none' } });
  t.teardown(tui.close);
  world.link('a').emitAll([reading('multivisor-rpc:multivisor-rpc', 'RUNNING'), reading('g:ours', 'RUNNING')]);
  world.link('a').emit({ type: 'agent', process: 'g:ours' });
  await tui.until(/▸ agents {2}2/u);
  const said = () => tui.screen().replaceAll(/\s+/gu, ' ');
  tui.press('x');
  t.regex(said(), /stop 2 processes on a\?/u);
  t.regex(said(), /multivisor-rpc:multivisor-rpc is an agent: a multivisor that watches a through it goes blind/u);
  t.regex(
    said(),
    /g:ours is how we see a: once it is stopped, nothing of it can be seen or steered from here; only on/u,
  );
  tui.press('n', 'r');
  t.regex(said(), /g:ours is how we see a: it is out of sight until the agent is back/u);
  tui.press('n', 's');
  t.notRegex(said(), /agent is back|goes blind/u);
  tui.store.update({ size: { columns: 60, rows: 15 } });
  tui.press('x');
  t.regex(said(), /stop 2 processes on a\?.*is an agent.*y yes any other key no/u);
  t.is(tui.lines().length, 14);
  tui.press('n');
  t.false(world.link('a').calls.some(({ op }) => op === 'stop'));
});

test('a group row stands for its processes', async (t) => {
  const world = openWorld(['a', 'b']);
  const tui = openTui(world.session);
  t.teardown(tui.close);
  tui.press('r');
  t.regex(tui.screen(), /restart 4 processes on 2 supervisors\?/u);
  tui.press('esc', 'space');
  t.regex(tui.screen(), /4 marked/u);
  tui.press('u');
  t.notRegex(tui.screen(), /marked/u);
});

test('what is under way can be given up', async (t) => {
  const world = openWorld(['a']);
  const tui = openTui(world.session, { arrangement: { groupBy: 'none' } });
  t.teardown(tui.close);
  tui.press('j', 's');
  t.regex(await tui.until(/starting …/u), /start a:g:y +0 done +1 left/u);
  tui.press('C');
  t.regex(await tui.until(/▲ start a:g:y/u), /▲ start a:g:y/u);
});

test('q while a restart is under way asks, and enter waits until the process is up again', async (t) => {
  const world = openWorld(['a']);
  const link = world.link('a');
  const tui = openTui(world.session, { arrangement: { groupBy: 'none' } });
  t.teardown(tui.close);
  await tui.until(/RUNNING {3}x/u);
  tui.press('r');
  tui.press('y');
  link.emitSome([reading('g:x', 'STOPPING')]);
  await tui.until(/STOPPING {2}x/u);
  tui.press('q');
  t.regex(tui.screen(), /restart under way of a:g:x/u);
  t.regex(tui.screen(), /enter wait, then end +Q leave it down +esc stay/u);
  tui.press('esc');
  t.deepEqual(tui.asked, [], 'esc stays');
  tui.press('q');
  tui.press('enter');
  t.deepEqual(tui.asked, []);
  link.emitSome([reading('g:x', 'STOPPED')]);
  await eventually(
    () => calls(world, 'a'),
    (all) => all === 'stop g:x, start g:x',
    { what: 'it is started again' },
  );
  link.emitSome([reading('g:x', 'RUNNING', { pid: 200 })]);
  await eventually(
    () => tui.asked,
    (all) => all.includes('quit 0'),
    { what: 'the end' },
  );
});

test('Q leaves the process of a restart down, and the terminal says so afterwards', async (t) => {
  const world = openWorld(['a']);
  const link = world.link('a');
  const tui = openTui(world.session, { arrangement: { groupBy: 'none' } });
  t.teardown(tui.close);
  await tui.until(/RUNNING {3}x/u);
  tui.press('r');
  tui.press('y');
  link.emitSome([reading('g:x', 'STOPPING')]);
  await tui.until(/STOPPING {2}x/u);
  tui.press('ctrl-c');
  tui.press('Q');
  t.deepEqual(tui.asked, ['restart under way of a:g:x: left down', 'quit 0']);
  link.emitSome([reading('g:x', 'STOPPED')]);
  t.is(calls(world, 'a'), 'stop g:x');
});

test('an act of which nothing came but a fault of ours is told and over, and the way out stays open', async (t) => {
  const world = openWorld(['a']);
  const session = { ...world.session, send: () => Promise.reject(new Error('nobody foresaw it')) };
  const tui = openTui(session, { arrangement: { groupBy: 'none' } });
  t.teardown(tui.close);
  tui.press('j', 's');
  await tui.until(/start a:g:y: nobody foresaw it/u);
  t.notRegex(tui.screen(), /start a:g:y 0\/1/u, 'it does not count as under way');
  tui.press('q');
  t.deepEqual(tui.asked, ['quit 0']);
});
