import test from 'ava';
import type { LinkCall } from '../../../src/core/ports.ts';
import { openCommands as open, toBrief as brief, toCallText as target } from '../../helpers/core/open-commands.ts';
import { reading } from '../../helpers/core/readings.ts';

const callsOf = (link: { readonly calls: readonly LinkCall[] }) =>
  link.calls.map((each) => ('group' in each ? `${each.op} ${each.group}` : target(each)));

test('an update takes each changed group out and in again as soon as it has stopped', async (t) => {
  const { link, send, clock } = open([
    reading('old:x', 'RUNNING'),
    reading('mod:y', 'RUNNING'),
    reading('k:z', 'RUNNING'),
  ]);
  const difference = { added: ['new'], changed: ['mod'], removed: ['old'] };
  link.answer = ({ op }) =>
    op === 'reread' ? { ok: true, unchanged: false, difference } : { ok: true, unchanged: false };
  const done = send({ action: 'update', targets: ['a'] });
  await clock.advance(500);
  t.deepEqual(callsOf(link), ['reread', 'stop old:x', 'stop mod:y'], 'it waits for the groups to stop');
  link.emitSome([reading('mod:y', 'STOPPED')]);
  await clock.advance(10);
  t.deepEqual(callsOf(link).slice(3), ['remove-group mod', 'add-group mod'], 'and for no other');
  link.emitSome([reading('old:x', 'STOPPED')]);
  await clock.advance(10);
  const [outcome] = await done;
  t.deepEqual(callsOf(link).slice(5), ['remove-group old', 'add-group new']);
  t.deepEqual(outcome?.difference, difference);
  t.is(outcome?.message, 'added: new; changed: mod; removed: old');
});

test('an update of three groups of which one hangs brings the others back, and names the one', async (t) => {
  const { link, send, clock } = open(['one:x', 'slow:y', 'two:z'].map((name) => reading(name, 'RUNNING')));
  const difference = { added: [], changed: ['one', 'slow', 'two'], removed: [] };
  link.answer = ({ op }) => ({ ok: true, unchanged: false, ...(op === 'reread' ? { difference } : {}) });
  const done = send({ action: 'update', targets: ['a'], timeoutMs: 5_000 });
  await clock.advance(10);
  link.emitSome([reading('one:x', 'STOPPED'), reading('slow:y', 'STOPPING'), reading('two:z', 'STOPPED')]);
  await clock.advance(5_000);
  const [outcome] = await done;
  t.deepEqual(callsOf(link).slice(4).toSorted(), [
    'add-group one',
    'add-group two',
    'remove-group one',
    'remove-group two',
  ]);
  t.is(outcome?.code, 'timeout');
  t.is(
    outcome?.message,
    'slow: a:slow:y is still STOPPING; not updated, and it stays down when it has stopped; updated all the same: one, two',
  );
});

test('an update that is given up adds again what it had removed, and leaves the rest as it was', async (t) => {
  const names = ['g0:x', 'g1:x', 'g2:x', 'g3:x', 'g4:x'];
  const { link, send, clock, stop } = open(names.map((name) => reading(name, 'RUNNING')));
  const difference = { added: [], changed: ['g0', 'g1', 'g2', 'g3', 'g4'], removed: [] };
  link.answer = ({ op }) => ({ ok: true, unchanged: false, ...(op === 'reread' ? { difference } : {}) });
  const done = send({ action: 'update', targets: ['a'] });
  await clock.advance(10);
  stop.abort();
  link.emitSome(names.map((name) => reading(name, 'STOPPED')));
  await clock.advance(10);
  const [outcome] = await done;
  const all = callsOf(link);
  t.deepEqual(
    all.filter((each) => each.startsWith('add')),
    all.filter((each) => each.startsWith('remove')).map((each) => each.replace('remove', 'add')),
  );
  t.false(all.includes('stop g4:x'));
  t.regex(outcome?.message ?? '', /^g4: cancelled before it was begun, left as it was; updated all the same: g0, g1/);
});

test('a restart whose asker has gone is brought to its end', async (t) => {
  const { link, send, clock, stop, session } = open([reading('g:x', 'RUNNING')]);
  const done = send({ action: 'restart', targets: ['a:g:x'], wait: true });
  await clock.advance(10);
  link.emitSome([reading('g:x', 'STOPPING')]);
  stop.abort();
  const closed = session.close();
  await clock.advance(5_000);
  link.emitSome([reading('g:x', 'STOPPED')]);
  await clock.advance(10);
  t.deepEqual(link.calls.map(target), ['stop g:x', 'start g:x']);
  link.emitSome([reading('g:x', 'STARTING', { pid: 101 })]);
  link.emitSome([reading('g:x', 'RUNNING', { pid: 101 })]);
  t.deepEqual((await done).map(brief), ['a:g:x true ok RUNNING>RUNNING']);
  await closed;
  t.is(clock.waiting(), 0);
});

test('a restart that is left half done says that the process stays down', async (t) => {
  const { link, clock, session } = open([reading('g:x', 'RUNNING')]);
  const leave = new AbortController();
  const { signal } = new AbortController();
  const done = session.send({ action: 'restart', targets: ['a:g:x'] }, { signal, leave: leave.signal });
  await clock.advance(10);
  link.emitSome([reading('g:x', 'STOPPING')]);
  leave.abort();
  const [outcome] = await done;
  t.is(outcome?.code, 'cancelled');
  t.is(outcome?.message, 'cancelled while it was STOPPING; it stays down until it is started');
  t.deepEqual(link.calls.map(target), ['stop g:x']);
});

test('a stop may take as long as the program allows itself, and a restart waits for it', async (t) => {
  const { link, send, clock } = open([reading('g:x', 'RUNNING'), reading('g:y', 'RUNNING')]);
  const settings = ['g:x', 'g:y'].map((name) => ({ name, stopWaitSecs: 3_600, startSecs: 1 }));
  link.answer = ({ op }) => ({ ok: true, unchanged: false, ...(op === 'settings' ? { settings } : {}) });
  const done = send({ action: 'restart', targets: ['a:g:x', 'a:g:y'], wait: true });
  await clock.advance(10);
  link.emitSome([reading('g:x', 'STOPPING'), reading('g:y', 'STOPPING')]);
  await clock.advance(3_599_000);
  t.deepEqual(link.calls.map(target), ['stop g:x', 'stop g:y', 'settings'], 'the settings are asked for once');
  link.emitSome([reading('g:x', 'STOPPED'), reading('g:y', 'STOPPED')]);
  await clock.advance(10);
  for (const state of ['STARTING', 'RUNNING'] as const) {
    link.emitSome([reading('g:x', state, { pid: 101 }), reading('g:y', state, { pid: 102 })]);
  }
  t.deepEqual((await done).map(brief), ['a:g:x true ok RUNNING>RUNNING', 'a:g:y true ok RUNNING>RUNNING']);
});

test('a stop that outlasts even its own settings is told', async (t) => {
  const { link, send, clock } = open([reading('g:x', 'RUNNING')]);
  const settings = [{ name: 'g:x', stopWaitSecs: 30, startSecs: 1 }];
  link.answer = ({ op }) => ({ ok: true, unchanged: false, ...(op === 'settings' ? { settings } : {}) });
  const done = send({ action: 'restart', targets: ['a:g:x'] });
  await clock.advance(10);
  link.emitSome([reading('g:x', 'STOPPING')]);
  await clock.advance(60_000);
  t.is((await done)[0]?.message, 'still STOPPING, not STOPPED, after 45 s; it stays down until it is started');
});

test('--timeout ends the waiting of a restart, and the outcome says what stays down', async (t) => {
  const { link, send, clock } = open([reading('g:x', 'RUNNING')]);
  const done = send({ action: 'restart', targets: ['a:g:x'], timeoutMs: 5_000 });
  await clock.advance(10);
  link.emitSome([reading('g:x', 'STOPPING')]);
  await clock.advance(5_000);
  t.is((await done)[0]?.message, 'still STOPPING, not STOPPED, after 5 s; it stays down until it is started');
});

test('a reload with a configuration that cannot be read is refused, and supervisord lives on', async (t) => {
  const { link, send, clock } = open([reading('g:x', 'RUNNING')]);
  link.answer = ({ op }) =>
    op === 'reread'
      ? { ok: false, code: 'failed', message: 'its configuration cannot be read' }
      : { ok: true, unchanged: false };
  const done = send({ action: 'reload', targets: ['a'] });
  await clock.advance(10);
  const [outcome] = await done;
  t.is(outcome?.message, 'not reloaded, as supervisord would have ended: its configuration cannot be read');
  t.deepEqual(link.calls.map(target), ['reread']);
});

test('a reload is over when supervisord is back, and not when it took the call', async (t) => {
  const { link, send, clock } = open([reading('g:x', 'RUNNING', { pid: 100 })]);
  let over = false;
  const done = send({ action: 'reload', targets: ['a'] }).then((outcomes) => {
    over = true;
    return outcomes;
  });
  await clock.advance(1_000);
  t.deepEqual(link.calls.map(target), ['reread', 'settings', 'reload']);
  link.emit({ type: 'down', error: { code: 'refused', message: 'nobody listens' } });
  await clock.advance(5_000);
  t.false(over);
  const identity = { identification: 's', version: '4.3', apiVersion: '3', pid: 1, state: 'RUNNING' as const };
  link.emit({ type: 'identity', identity });
  link.emitAll([reading('g:x', 'STARTING', { pid: 200 })]);
  t.is((await done)[0]?.code, 'ok');
});

test('a supervisord that does not come back from a reload is told, with where to look', async (t) => {
  const { link, send, clock } = open([reading('g:x', 'RUNNING', { pid: 100 })]);
  const done = send({ action: 'reload', targets: ['a'] });
  await clock.advance(10);
  link.emit({ type: 'down', error: { code: 'refused', message: 'nobody listens' } });
  await clock.advance(125_000);
  t.is((await done)[0]?.message, 'it is not back after 120 s: nobody listens; its own log says why');
});

test('a log that is a device is not cleared: supervisord would delete it', async (t) => {
  const { link, send } = open([reading('g:x', 'RUNNING', { stdoutLog: '/dev/fd/1' })]);
  const [outcome] = await send({ action: 'clear', targets: ['a:g:x'] });
  t.is(outcome?.code, 'not-allowed');
  t.regex(outcome?.message ?? '', /its log is \/dev\/fd\/1, which supervisord would delete/);
  t.deepEqual(link.calls, []);
});

test('a clear of a stopped process that emptied nothing is no success', async (t) => {
  const { link, send } = open([reading('g:x', 'STOPPED', { pid: null })]);
  link.answer = () => ({ ok: true, unchanged: false, kept: true });
  const [outcome] = await send({ action: 'clear', targets: ['a:g:x'] });
  t.is(outcome?.code, 'failed');
  t.regex(outcome?.message ?? '', /nothing was emptied/);
});
