import test from 'ava';
import { openCommands as open, toBrief as brief, toCallText as target } from '../../helpers/core/open-commands.ts';
import { reading, reported } from '../../helpers/core/readings.ts';

test('a start returns with the first state that was seen, not with a guess', async (t) => {
  const { link, send, clock } = open([reading('g:x', 'STOPPED')]);
  const done = send({ action: 'start', targets: ['a:g:x'] });
  await clock.advance(50);
  t.deepEqual(link.calls.map(target), ['start g:x']);
  t.deepEqual(link.rereads, [['g:x']]);
  link.emitSome([reading('g:x', 'STARTING')]);
  t.deepEqual((await done).map(brief), ['a:g:x true ok STOPPED>STARTING']);
});

test('a waiting start is over when it is RUNNING, and not because of what was before', async (t) => {
  const { link, send, clock } = open([reading('g:x', 'FATAL', { spawnError: 'Exited too quickly' })]);
  let over = false;
  const done = send({ action: 'start', targets: ['a:g:x'], wait: true }).then((outcomes) => {
    over = true;
    return outcomes;
  });
  link.emitSome([reading('g:x', 'FATAL', { spawnError: 'Exited too quickly', stdoutLog: '/other' })]);
  await clock.advance(500);
  t.false(over, 'the FATAL of before is not judged');
  link.emitSome([reading('g:x', 'STARTING')]);
  await clock.advance(500);
  t.false(over);
  link.emitSome([reading('g:x', 'RUNNING')]);
  t.deepEqual((await done).map(brief), ['a:g:x true ok FATAL>RUNNING']);
});

test('a waiting start that ends FATAL fails with the cause', async (t) => {
  const { link, send, clock } = open([reading('g:x', 'STOPPED')]);
  const done = send({ action: 'start', targets: ['a:g:x'], wait: true });
  await clock.advance(10);
  link.emitSome([reading('g:x', 'STARTING')]);
  link.emitSome([reading('g:x', 'FATAL', { spawnError: 'Exited too quickly (process log may have details)' })]);
  const [outcome] = await done;
  t.is(outcome?.code, 'failed');
  t.regex(outcome?.message ?? '', /FATAL: Exited too quickly/);
});

test('a restart stops, waits until it is at rest, and only then starts', async (t) => {
  const { link, send, clock, pending } = open([reading('g:x', 'RUNNING')]);
  const done = send({ action: 'restart', targets: ['a:g:x'] });
  await clock.advance(2_000);
  t.deepEqual(link.calls.map(target), ['stop g:x']);
  t.is(pending('a:g:x'), 'restart');
  t.true(link.rereads.length > 2, 'it rereads by itself when nothing is reported');
  link.emitSome([reading('g:x', 'STOPPED')]);
  await clock.advance(10);
  t.deepEqual(link.calls.map(target), ['stop g:x', 'start g:x']);
  link.emitSome([reading('g:x', 'STARTING', { pid: 101 })]);
  t.deepEqual((await done).map(brief), ['a:g:x true ok RUNNING>STARTING']);
  t.is(pending('a:g:x'), null);
});

test('reports that come late or ahead of the reading do not end a restart as failed', async (t) => {
  const { link, send, clock } = open([reading('g:x', 'RUNNING')]);
  link.emit({ type: 'source', source: 'log', note: '' });
  const done = send({ action: 'restart', targets: ['a:g:x'], wait: true });
  await clock.advance(10);
  link.emitSome([reading('g:x', 'STOPPED')]);
  await clock.advance(10);
  t.deepEqual(link.calls.map(target), ['stop g:x', 'start g:x']);
  link.emit({ type: 'transitions', transitions: [reported('g:x', 'STOPPED')] });
  await clock.advance(10);
  link.emit({ type: 'transitions', transitions: [reported('g:x', 'STARTING', { pid: 101 })] });
  await clock.advance(10);
  link.emitSome([reading('g:x', 'RUNNING', { pid: 101 })]);
  t.deepEqual((await done).map(brief), ['a:g:x true ok RUNNING>RUNNING']);
});

for (const action of ['restart', 'start'] as const) {
  test(`a ${action} of one that is being stopped waits until it has stopped`, async (t) => {
    const { link, send, clock } = open([reading('g:x', 'STOPPING')]);
    link.answer = ({ op }) => ({ ok: true, unchanged: op === 'stop' });
    const done = send({ action, targets: ['a:g:x'] });
    await clock.advance(2_000);
    t.deepEqual(link.calls.map(target), ['stop g:x'], 'a start would be taken and lost');
    link.emitSome([reading('g:x', 'STOPPED')]);
    await clock.advance(10);
    link.emitSome([reading('g:x', 'STARTING', { pid: 101 })]);
    t.deepEqual((await done).map(brief), ['a:g:x true ok STOPPING>STARTING']);
  });
}

test('a restart of one that is down is a start', async (t) => {
  const { link, send, clock } = open([reading('g:x', 'EXITED')]);
  const done = send({ action: 'restart', targets: ['a:g:x'] });
  await clock.advance(1_100);
  await done;
  t.deepEqual(link.calls.map(target), ['start g:x']);
});

test('a stop that does not end in time says where it hangs', async (t) => {
  const { link, send, clock } = open([reading('g:x', 'RUNNING')]);
  const done = send({ action: 'stop', targets: ['a:g:x'], wait: true, timeoutMs: 5_000 });
  await clock.advance(100);
  link.emitSome([reading('g:x', 'STOPPING')]);
  await clock.advance(5_000);
  const [outcome] = await done;
  t.is(outcome?.code, 'timeout');
  t.is(outcome?.message, 'still STOPPING, not STOPPED, after 5 s');
});

test('what is already so is unchanged and fine', async (t) => {
  const { link, send } = open([reading('g:x', 'RUNNING'), reading('g:y', 'STOPPED')]);
  link.answer = () => ({ ok: true, unchanged: true });
  t.deepEqual((await send({ action: 'start', targets: ['a:g:x'] })).map(brief), [
    'a:g:x true unchanged RUNNING>RUNNING',
  ]);
  t.deepEqual((await send({ action: 'stop', targets: ['a:g:y'] })).map(brief), [
    'a:g:y true unchanged STOPPED>STOPPED',
  ]);
});

test('refusals reach the asker with their reason and touch nothing', async (t) => {
  const { link, send, clock, progress } = open([reading('g:x', 'RUNNING')]);
  const rows = await send({ action: 'stop', targets: ['a:g:none', 'b:g:x', 'nonsense'] });
  t.deepEqual(
    rows.map(({ code }) => code),
    ['not-found', 'not-found', 'not-found'],
  );
  t.is(progress.length, 3);
  const slow = send({ action: 'stop', targets: ['a:g:x'], wait: true });
  await clock.advance(10);
  t.deepEqual((await send({ action: 'start', targets: ['a:g:x'] })).map(brief), ['a:g:x false busy RUNNING>RUNNING']);
  link.emitSome([reading('g:x', 'STOPPED')]);
  await slow;
  link.emit({ type: 'down', error: { code: 'refused', message: 'nobody listens' } });
  const [outcome] = await send({ action: 'start', targets: ['a:g:x'] });
  t.is(outcome?.code, 'unreachable');
  t.is(outcome?.message, 'nobody listens');
  t.is(link.calls.length, 1);
});

test('a read_only supervisor refuses every act, whoever asks', async (t) => {
  const { link, send } = open([reading('g:x', 'RUNNING')], { readOnly: true });
  for (const command of [
    { action: 'stop', targets: ['a:g:x'] },
    { action: 'clear', targets: ['a:g:x'] },
    { action: 'shutdown', targets: ['a'] },
    { action: 'reread', targets: ['a'] },
  ] as const) {
    t.is((await send(command))[0]?.code, 'not-allowed');
  }
  t.deepEqual(link.calls, []);
});

test('cancelling settles at once, says what was under way and leaves no timer', async (t) => {
  const { link, send, stop, clock, pending, session } = open([reading('g:x', 'RUNNING'), reading('g:y', 'RUNNING')]);
  const done = send({ action: 'stop', targets: ['a:g:x', 'a:g:y'], wait: true });
  await clock.advance(10);
  link.emitSome([reading('g:x', 'STOPPING')]);
  stop.abort();
  const outcomes = await done;
  t.deepEqual(
    outcomes.map(({ code, message }) => [code, message]),
    [
      ['cancelled', 'cancelled while it was STOPPING'],
      ['cancelled', 'cancelled while it was RUNNING'],
    ],
  );
  t.is(pending('a:g:x'), null);
  await session.close();
  t.is(clock.waiting(), 0);
});

test('at most eight calls are under way at one supervisord', async (t) => {
  const names = Array.from({ length: 30 }, (_, i) => `g:p${i}`);
  const { link, send, clock } = open(names.map((name) => reading(name, 'STOPPED')));
  let under = 0;
  let most = 0;
  link.answer = async () => {
    most = Math.max(most, ++under);
    await new Promise((resolve) => setImmediate(resolve));
    under--;
    return { ok: true, unchanged: true };
  };
  const done = send({ action: 'start', targets: names.map((name) => `a:${name}`) });
  await clock.advance(10);
  t.is((await done).filter(({ ok }) => ok).length, 30);
  t.is(most, 8);
});

test('a roll begins the next batch only when the last one runs, and stops after a failure', async (t) => {
  const names = ['g:p0', 'g:p1', 'g:p2', 'g:p3', 'g:p4', 'g:p5'];
  const { link, send, clock } = open(names.map((name) => reading(name, 'STOPPED')));
  const roll = { batch: 2, pauseMs: 1_000, maxFailures: 1 };
  const done = send({ action: 'start', targets: names.map((name) => `a:${name}`), roll });
  const started = () => link.calls.map((call) => ('target' in call ? call.target : ''));
  await clock.advance(100);
  t.deepEqual(started(), ['g:p0', 'g:p1']);
  link.emitSome([reading('g:p0', 'RUNNING'), reading('g:p1', 'STARTING')]);
  await clock.advance(3_000);
  t.is(started().length, 2, 'STARTING is not there yet');
  link.emitSome([reading('g:p1', 'RUNNING')]);
  await clock.advance(900);
  t.is(started().length, 2, 'the pause is kept');
  await clock.advance(200);
  t.deepEqual(started().slice(2), ['g:p2', 'g:p3']);
  link.emitSome([reading('g:p2', 'RUNNING'), reading('g:p3', 'FATAL')]);
  t.deepEqual((await done).map(brief), [
    'a:g:p0 true ok STOPPED>RUNNING',
    'a:g:p1 true ok STOPPED>RUNNING',
    'a:g:p2 true ok STOPPED>RUNNING',
    'a:g:p3 false failed STOPPED>FATAL',
    'a:g:p4 false untouched STOPPED>STOPPED',
    'a:g:p5 false untouched STOPPED>STOPPED',
  ]);
});

test('a supervisor that comes back while it is waited for is no failure', async (t) => {
  const { link, send, clock } = open([reading('g:x', 'RUNNING')]);
  const done = send({ action: 'stop', targets: ['a:g:x'], wait: true });
  await clock.advance(10);
  link.emit({ type: 'down', error: { code: 'closed', message: 'gone' } });
  await clock.advance(3_000);
  link.emitAll([reading('g:x', 'STOPPED')]);
  t.is((await done)[0]?.code, 'ok');
});

test('a supervisor that stays away ends the wait with its error', async (t) => {
  const { link, send, clock } = open([reading('g:x', 'RUNNING')]);
  const done = send({ action: 'stop', targets: ['a:g:x'], wait: true });
  await clock.advance(10);
  link.emit({ type: 'down', error: { code: 'closed', message: 'gone' } });
  await clock.advance(17_000);
  const [outcome] = await done;
  t.is(outcome?.code, 'unreachable');
  t.is(outcome?.message, 'gone');
});

test('last words are fetched from stderr, else from stdout, and bounded', async (t) => {
  const { link, clock, session } = open([reading('g:x', 'RUNNING'), reading('g:y', 'RUNNING')]);
  link.logs.set('a:g:x stderr', `${'noise\n'.repeat(900)}OSError: no space\n`);
  link.logs.set('a:g:y stdout', 'bye\n');
  link.emitSome([
    reading('g:x', 'EXITED', { exitStatus: 1, spawnError: 'Bad exit code 1' }),
    reading('g:y', 'FATAL', { spawnError: 'Exited too quickly' }),
  ]);
  await clock.advance(10);
  const words = session.timeline().map(({ lastWords }) => lastWords);
  t.is(words[0]?.stream, 'stderr');
  t.is(words[0]?.lines.length, 20);
  t.is(words[0]?.lines.at(-1), 'OSError: no space');
  t.deepEqual(words[1], { stream: 'stdout', lines: ['bye'] });
  await session.close();
  t.is(clock.waiting(), 0);
});

test('links are told when somebody watches and when nobody does any more', async (t) => {
  const { link, session } = open([]);
  const first = session.subscribe(() => {});
  const second = session.subscribe(() => {});
  first();
  t.deepEqual(link.attended, [true]);
  second();
  second();
  t.deepEqual(link.attended, [true, false]);
  await session.close();
});
