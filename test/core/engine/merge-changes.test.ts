import test from 'ava';
import { toInfo } from '../../../src/core/engine/diff.ts';
import { mergeChanges } from '../../../src/core/engine/merge-changes.ts';
import type { Change, Process, Supervisor } from '../../../src/core/model.ts';
import { applyChanges } from '../../../src/core/engine/reduce.ts';
import { toUnseen } from '../../../src/core/engine/supervisor-info.ts';
import { reading, spec } from '../../helpers/core/readings.ts';

const supervisor = (name: string, pid: number): Change => ({
  type: 'supervisor',
  supervisor: { ...toInfo(toUnseen(spec(name))), pid },
});
const removed = (name: string): Change => ({ type: 'supervisor-removed', name });
const process = (uid: string, pid: number): Change => {
  const [owner = '', group = '', name = ''] = uid.split(':');
  const known: Process = {
    ...reading(`${group}:${name}`, 'RUNNING', { pid }),
    uid,
    supervisor: owner,
    pending: null,
    restarts: 0,
    flapping: null,
    fall: null,
  };
  return { type: 'process', process: known };
};
const gone = (uid: string): Change => ({ type: 'process-removed', uid });

const rows: readonly (readonly [string, readonly Change[], number])[] = [
  ['the last state of a process', [process('a:g:x', 1), process('a:g:y', 2), process('a:g:x', 3)], 2],
  ['a process that came and went', [process('a:g:n', 1), gone('a:g:n')], 1],
  [
    'a new supervisor whose news come after its processes',
    [supervisor('n', 1), process('n:g:x', 1), supervisor('n', 2)],
    2,
  ],
  ['a supervisor that went and came back empty', [process('a:g:y', 9), removed('a'), supervisor('a', 5)], 2],
  ['one that went for good', [supervisor('a', 4), process('a:g:y', 9), removed('a')], 1],
];

for (const [what, changes, length] of rows) {
  test(`merged changes lead to the same snapshot: ${what}`, (t) => {
    const start = applyChanges(new Map<string, Supervisor>(), [supervisor('a', 1), process('a:g:x', 7)]);
    const merged = mergeChanges(changes);
    t.is(merged.length, length);
    t.deepEqual(applyChanges(start, merged), applyChanges(start, changes));
  });
}
