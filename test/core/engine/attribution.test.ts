import test from 'ava';
import { AT_FIRST, openEngine as open } from '../../helpers/core/open-engine.ts';
import { reading, reported } from '../../helpers/core/readings.ts';

const SIGKILL = { kind: 'signal', signal: 'SIGKILL', expected: false } as const;

test('who asked is written beside the transitions of the command, and not beside later ones', (t) => {
  const { engine, all, withLog, log } = open();
  withLog();
  all(reading('g:x', 'RUNNING'));
  const pending = (action: 'restart' | null) =>
    engine.handle({ type: 'pending', uids: ['a:g:x'], action, by: 'ann' }, AT_FIRST);
  pending('restart');
  log(reported('g:x', 'STOPPING'), reported('g:x', 'STOPPED'), reported('g:x', 'STARTING', { pid: 101 }));
  pending(null);
  log(reported('g:x', 'RUNNING'), reported('g:x', 'EXITED', { reason: SIGKILL }));
  t.deepEqual(
    engine.timeline().map(({ to, by }) => [to, by]),
    [
      ['STOPPING', 'ann'],
      ['STOPPED', 'ann'],
      ['STARTING', 'ann'],
      ['RUNNING', 'ann'],
      ['EXITED', null],
    ],
  );
});

test('nobody asked for what comes long after a command, or a call, that came to nothing', (t) => {
  for (const type of ['pending', 'asked'] as const) {
    for (const [action, ms, by] of [
      ['signal', 5_000, 'ann'],
      ['signal', 60_000, null],
      ['stop', 60_000, 'ann'],
      ['stop', 600_000, null],
    ] as const) {
      const { engine, all, withLog, log, pass } = open();
      withLog();
      all(reading('g:x', 'RUNNING'));
      engine.handle({ type, uids: ['a:g:x'], action, by: 'ann' }, AT_FIRST);
      if (type === 'pending') engine.handle({ type, uids: ['a:g:x'], action: null, by: 'ann' }, AT_FIRST);
      pass(ms);
      const news = action === 'stop' ? reported('g:x', 'STOPPED') : reported('g:x', 'EXITED', { reason: SIGKILL });
      log(news);
      t.is(engine.timeline()[0]?.by, by, `${type} ${action} ${ms}`);
    }
  }
});

test('nobody asked for a death that comes while a command is under way, unless by a signal', (t) => {
  for (const [action, by] of [
    ['start', null],
    ['signal', 'ann'],
  ] as const) {
    const { engine, all, withLog, log } = open();
    withLog();
    all(reading('g:x', 'RUNNING'));
    engine.handle({ type: 'pending', uids: ['a:g:x'], action, by: 'ann' }, AT_FIRST);
    log(reported('g:x', 'EXITED', { reason: SIGKILL }));
    t.deepEqual(
      engine.timeline().map((transition) => [transition.to, transition.by]),
      [['EXITED', by]],
    );
  }
});
