import test from 'ava';
import { createExplainer } from '../../../src/bridge/events/explain.ts';
import { reported } from '../../helpers/core/readings.ts';

const AT = '2026-01-31 12:00:00,123 INFO';
const spawned = (pid: number, name = 'web'): string => `${AT} spawned: '${name}' with pid ${pid}\n`;
const KILLED = `${AT} exited: web (terminated by SIGKILL; not expected)\n`;
const STOPPED = `${AT} stopped: web (exit status 0)\n`;
const START = reported('g:web', 'STARTING');

const pidsOf = (transitions: ReturnType<ReturnType<typeof createExplainer>['explain']>) =>
  transitions.flatMap(({ to, pid }) => (to === 'STARTING' ? [pid] : []));

test('a start that its log does not tell yet has not the pid of the run before', (t) => {
  // supervisord tells of a start by an event before it forks and writes its line.
  for (const log of [spawned(1) + KILLED, spawned(1) + STOPPED, spawned(1) + KILLED + spawned(7, 'other')]) {
    t.deepEqual(pidsOf(createExplainer().explain([START], log)), [null], log);
  }
  t.deepEqual(pidsOf(createExplainer().explain([reported('g:web', 'EXITED'), START], spawned(1) + KILLED)), [null]);
});

test('a start whose line is there has its pid, also when the run is over by then', (t) => {
  t.deepEqual(pidsOf(createExplainer().explain([START], spawned(1) + KILLED + spawned(2))), [2]);
  const andOver = [START, reported('g:web', 'EXITED')];
  t.deepEqual(pidsOf(createExplainer().explain(andOver, spawned(1) + KILLED)), [1]);
  const twice = [...andOver, START];
  t.deepEqual(pidsOf(createExplainer().explain(twice, spawned(1) + KILLED + spawned(2))), [1, 2]);
});

test('after the first the lines that were told count, and the next line is of the next start', (t) => {
  const explainer = createExplainer();
  t.deepEqual(pidsOf(explainer.explain([START], spawned(1))), [1]);
  t.deepEqual(pidsOf(explainer.explain([START], spawned(1) + KILLED)), [null]);
  // That was the line of the start before, which came too late for it.
  t.deepEqual(pidsOf(explainer.explain([START], spawned(1) + KILLED + spawned(2) + KILLED)), [null]);
  t.deepEqual(pidsOf(explainer.explain([START], [spawned(1), spawned(2), spawned(3), spawned(4)].join(KILLED))), [4]);
});
