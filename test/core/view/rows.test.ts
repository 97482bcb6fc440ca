import test from 'ava';
import type { Fall, Snapshot } from '../../../src/core/model.ts';
import { EMPTY_FILTER, parseFilter } from '../../../src/core/view/filter.ts';
import type { RowsQuery } from '../../../src/core/view/row-model.ts';
import { AGENTS_KEY } from '../../../src/core/view/grouping.ts';
import { createGroupFacts } from '../../../src/core/view/group-facts.ts';
import { isTroubled } from '../../../src/core/crashes.ts';
import { createRowsView } from '../../../src/core/view/rows.ts';
import { compareNatural } from '../../../src/core/view/sort.ts';
import { NOW, processOf, snapshotOf, supervisorOf } from '../../helpers/core/snapshot.ts';

const QUERY: RowsQuery = {
  filter: EMPTY_FILTER,
  sort: 'order',
  reversed: false,
  groupBy: 'none',
  onlyProblems: false,
  folded: new Set(),
};

const SNAPSHOT = snapshotOf([
  supervisorOf('b', [
    processOf('b:web:w10', 'RUNNING', { startedAt: 1_000, restarts: 1 }),
    processOf('b:web:w2', 'FATAL', { pid: null }),
    processOf('b:plc:p', 'STOPPED', { pid: null }),
  ]),
  supervisorOf('a', [
    processOf('a:web:w1', 'RUNNING', { startedAt: 2_000, restarts: 7 }),
    processOf('a:plc:q', 'BACKOFF', { pid: null }),
  ]),
]);

function rows(query: Partial<RowsQuery>, snapshot: Snapshot = SNAPSHOT): string {
  const made = createRowsView()(snapshot, { ...QUERY, ...query });
  return made.rows
    .map((row) => (row.kind === 'group' ? `[${row.title} ${row.members.length}]` : row.process.name))
    .join(' ');
}

test('rows are filtered, sorted and grouped', (t) => {
  const cases: readonly (readonly [Partial<RowsQuery>, string])[] = [
    [{}, 'w10 w2 p w1 q'],
    [{ reversed: true }, 'q w1 p w2 w10'],
    [{ sort: 'name' }, 'p q w1 w2 w10'],
    [{ sort: 'state' }, 'w2 q p w10 w1'],
    [{ sort: 'supervisor' }, 'w1 q w10 w2 p'],
    [{ sort: 'uptime' }, 'w1 w10 w2 p q'],
    [{ sort: 'restarts' }, 'w1 w10 w2 p q'],
    [{ groupBy: 'group' }, '[plc 2] p q [web 3] w10 w2 w1'],
    [{ groupBy: 'supervisor' }, '[b 3] w10 w2 p [a 2] w1 q'],
    [{ groupBy: 'group', sort: 'name' }, '[plc 2] p q [web 3] w1 w2 w10'],
    [{ groupBy: 'group', folded: new Set(['group\nweb']) }, '[plc 2] p q [web 3]'],
    [{ onlyProblems: true }, 'w2 q'],
    [{ filter: parseFilter('w !state:fatal') }, 'w10 w1'],
    [{ filter: parseFilter('w1'), sort: 'score' }, 'w1 w10'],
    [{ filter: parseFilter('nothing like it'), groupBy: 'group' }, ''],
  ];
  for (const [query, text] of cases) t.is(rows(query), text, JSON.stringify(query));
});

test('agents stand apart at the end, folded away until somebody looks for them', (t) => {
  const snapshot = snapshotOf([
    supervisorOf(
      'a',
      [
        processOf('a:multivisor-rpc:multivisor-rpc', 'RUNNING'),
        processOf('a:web:w1', 'RUNNING'),
        processOf('a:odd:ours', 'FATAL'),
      ],
      { agent: 'odd:ours' },
    ),
  ]);
  const apart = { agentsApart: true, folded: new Set([AGENTS_KEY]) };
  const cases: readonly (readonly [Partial<RowsQuery>, string])[] = [
    [{}, 'multivisor-rpc w1 ours'],
    [apart, 'w1 [agents 2]'],
    [{ ...apart, groupBy: 'group' }, '[web 1] w1 [agents 2]'],
    [{ ...apart, groupBy: 'supervisor' }, '[a 1] w1 [agents 2]'],
    [{ ...apart, folded: new Set() }, 'w1 [agents 2] multivisor-rpc ours'],
    [{ ...apart, filter: parseFilter('rpc') }, '[agents 1] multivisor-rpc'],
    [{ ...apart, onlyProblems: true }, '[agents 1] ours'],
  ];
  for (const [query, text] of cases) t.is(rows(query, snapshot), text, JSON.stringify(query));
  t.is(createRowsView()(snapshot, { ...QUERY, ...apart }).matching.length, 3);
});

test('programs without a group of their own stand together at the end, whatever is typed', (t) => {
  const snapshot = snapshotOf([
    supervisorOf('a', [
      processOf('a:cron:cron', 'RUNNING'),
      processOf('a:nginx:nginx', 'RUNNING'),
      processOf('a:web:w1', 'RUNNING'),
    ]),
    supervisorOf('b', [processOf('b:nginx:nginx', 'RUNNING'), processOf('b:beat:beat', 'RUNNING')]),
  ]);
  t.is(rows({ groupBy: 'group' }, snapshot), '[nginx 2] nginx nginx [web 1] w1 [no group 2] cron beat');
  t.is(rows({ groupBy: 'group', filter: parseFilter('nginx sup:b') }, snapshot), '[nginx 1] nginx');
  t.is(rows({ groupBy: 'group', filter: parseFilter('cron') }, snapshot), '[no group 1] cron');
});

test('counts are of all processes, whatever the filter shows', (t) => {
  const made = createRowsView()(SNAPSHOT, { ...QUERY, filter: parseFilter('w2') });
  t.is(made.matching.length, 1);
  t.is(made.total, 5);
  t.deepEqual(made.counts, { RUNNING: 2, FATAL: 1, STOPPED: 1, BACKOFF: 1 });
  t.is(made.supervisorsUp, 2);
});

test('the same snapshot and query are the same rows, and an untouched supervisor keeps its own', (t) => {
  const view = createRowsView();
  const query = { ...QUERY };
  const before = view(SNAPSHOT, query);
  t.is(view(SNAPSHOT, query), before);
  const a = SNAPSHOT.supervisors.get('a');
  const b = SNAPSHOT.supervisors.get('b');
  if (!a || !b) throw new Error('both are there');
  const changed = supervisorOf('a', [processOf('a:web:w1', 'STOPPED')]);
  const after = view(snapshotOf([b, changed], 2), query);
  t.is(after.rows[0], before.rows[0]);
  t.deepEqual(after.counts, { RUNNING: 1, FATAL: 1, STOPPED: 2 });
  t.is(after.total, 4);
});

test('a group tells its counts and which of its supervisors cannot be reached', (t) => {
  const stale = supervisorOf('b', [processOf('b:g:x', 'RUNNING')], { link: 'down', staleSince: NOW });
  const made = createRowsView()(snapshotOf([supervisorOf('a', [processOf('a:g:y', 'FATAL')]), stale]), {
    ...QUERY,
    groupBy: 'group',
  });
  const group = made.rows[0];
  if (group?.kind !== 'group') throw new Error('a group comes first');
  const facts = createGroupFacts()(group);
  t.deepEqual(facts.counts, { UNKNOWN: 1, FATAL: 1 });
  t.is(facts.stale, stale);
  t.is(facts.supervisor, null);
});

function exit(expected: boolean): Fall {
  return { at: NOW, reason: { kind: 'exit', status: 1, expected }, lastLine: '' };
}

test('an exit that nobody expected is trouble, an expected one is not', (t) => {
  t.true(isTroubled(processOf('s:g:n', 'EXITED', { fall: exit(false) })));
  t.false(isTroubled(processOf('s:g:n', 'EXITED', { fall: exit(true) })));
  t.false(isTroubled(processOf('s:g:n', 'EXITED')));
  t.false(isTroubled(processOf('s:g:n', 'RUNNING', { fall: exit(false) })));
  t.true(isTroubled(processOf('s:g:n', 'FATAL')));
});

test('numbers inside names are compared as numbers', (t) => {
  t.deepEqual(['w10', 'w2', 'w', 'w2b', 'a', 'W3', '10', '9'].toSorted(compareNatural), [
    '9',
    '10',
    'W3',
    'a',
    'w',
    'w2',
    'w2b',
    'w10',
  ]);
  t.true(compareNatural('w2', 'w10') < 0);
  t.true(compareNatural('9', '10') < 0);
  t.true(compareNatural('w', 'w1') < 0);
  t.is(compareNatural('x', 'x'), 0);
});
