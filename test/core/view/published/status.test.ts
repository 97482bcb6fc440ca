import test from 'ava';
import * as v from 'valibot';
import { status as schema } from '../../../../src/core/view/published/status-schema.ts';
import { parseFilter } from '../../../../src/core/view/filter.ts';
import { createRowsView } from '../../../../src/core/view/rows.ts';
import { toStatus } from '../../../../src/core/view/published/status.ts';
import { reading, reported } from '../../../helpers/core/readings.ts';
import { openWorld } from '../../../helpers/core/world.ts';

test('a process in BACKOFF is not counted as running, and one that starts is', async (t) => {
  const { session, link } = openWorld(['a']);
  t.teardown(() => session.close());
  link('a').emitAll([
    reading('g:up', 'RUNNING'),
    reading('g:soon', 'STARTING'),
    reading('g:failing', 'BACKOFF'),
    reading('g:off', 'STOPPED'),
  ]);
  const { processes } = statusOf(session.snapshot()).summary;
  t.deepEqual(processes, {
    total: 4,
    running: 2,
    stopped: 2,
    unknown: 0,
    byState: { RUNNING: 1, STARTING: 1, BACKOFF: 1, STOPPED: 1 },
  });
});

test('the last known processes of a supervisor that is away are neither running nor stopped', async (t) => {
  const { session, link } = openWorld(['a', 'b']);
  t.teardown(() => session.close());
  link('a').emitAll([reading('g:up', 'RUNNING'), reading('g:off', 'STOPPED')]);
  link('b').emitAll([reading('g:up', 'RUNNING'), reading('g:off', 'FATAL')]);
  link('b').emit({ type: 'down', error: { code: 'refused', message: 'refused' } });
  const counts = { RUNNING: 1, STOPPED: 1, UNKNOWN: 2 };
  t.deepEqual(statusOf(session.snapshot()).summary.processes, {
    total: 4,
    running: 1,
    stopped: 1,
    unknown: 2,
    byState: counts,
  });
  const query = {
    filter: parseFilter(''),
    sort: 'order',
    reversed: false,
    groupBy: 'none',
    onlyProblems: false,
    folded: new Set<string>(),
  } as const;
  const rows = createRowsView();
  t.deepEqual(rows(session.snapshot(), query).counts, counts);
  link('b').emitAll([reading('g:up', 'RUNNING'), reading('g:off', 'FATAL')]);
  t.deepEqual(rows(session.snapshot(), query).counts, { RUNNING: 2, STOPPED: 1, FATAL: 1 });
});

test('status tells why a process is as it is, its last crash, its restarts, and what its supervisor allows', async (t) => {
  const { session, link } = openWorld(['a']);
  t.teardown(() => session.close());
  link('a').emitAll([reading('g:x', 'RUNNING')]);
  const reason = { kind: 'exit', status: 3, expected: false } as const;
  link('a').emit({ type: 'transitions', transitions: [reported('g:x', 'EXITED', { reason })] });
  link('a').emitSome([reading('g:x', 'EXITED', { exitStatus: 3, pid: null })]);
  const status = v.parse(schema, JSON.parse(JSON.stringify(statusOf(session.snapshot()))));
  t.like(status.supervisors[0], { tags: [], readOnly: false, protected: false });
  t.like(status.processes[0], {
    why: 'exit 3',
    restarts: 0,
    lastCrash: { reason: { kind: 'exit', status: 3, expected: false, text: 'exit 3' } },
  });
});

function statusOf(snapshot: Parameters<typeof toStatus>[0]) {
  const supervisors = [...snapshot.supervisors.values()];
  const processes = supervisors.flatMap((supervisor) => [...supervisor.processes.values()]);
  return toStatus(snapshot, { supervisors, processes, now: Date.now() });
}
