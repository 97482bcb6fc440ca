// A supervisor that dies under the cursor and comes back, for real.
import test from 'ava';
import { createSupervisordLink } from '../../src/bridge/supervisord/supervisord-link.ts';
import { createLocalSession } from '../../src/core/session/local-session.ts';
import { openTui } from '../helpers/terminal/open-tui.ts';
import { spec } from '../helpers/core/readings.ts';
import { startSupervisord } from '../helpers/supervisord/supervisord.ts';
import { realClock } from '../helpers/core/world.ts';

const LIMIT_MS = 60_000;

function programsOf(prefix: string): string {
  return `[program:${prefix}]\nprocess_name=${prefix}%(process_num)d\nnumprocs=3\ncommand=sleep 1000\n`;
}

test('rows of a supervisor that vanished keep their place, their marks and the cursor, grey with their age', async (t) => {
  const [first, second] = await Promise.all([
    startSupervisord({ programs: programsOf('a') }),
    startSupervisord({ programs: programsOf('b') }),
  ]);
  t.teardown(first.stop);
  t.teardown(second.stop);
  const session = createLocalSession({
    name: 'lab',
    epoch: 'e',
    by: 'me',
    supervisors: [
      { spec: spec('one'), link: createSupervisordLink(first.config({ name: 'one' })) },
      { spec: spec('two'), link: createSupervisordLink(second.config({ name: 'two' })) },
    ],
    clock: realClock,
  });
  const tui = openTui(session, { arrangement: { groupBy: 'supervisor' } });
  t.teardown(tui.close);
  await tui.until(/● 6 running/u, LIMIT_MS);
  // Header, rule, tabs, titles; then `one` with three rows and `two` with three.
  tui.press('gg', 'home', 'down', 'down', 'space', 'down', 'down', 'space', 'space', 'up');
  /** What stands in front of each row, with the name of its process. */
  const standing = () =>
    tui
      .lines()
      .slice(4, 12)
      .map((line) => /^(...) *(?:\S \w+ +)?([\w]+)/u.exec(line)?.slice(1) ?? []);
  const before = standing();
  const plainly = before.map((row) => row.join(''));
  t.deepEqual(plainly, [' ▾ one', '   a0', ' ◉ a1', '   a2', ' ▾ two', ' ◉ b0', '▌◉ b1', '   b2'], tui.screen());

  await second.kill();
  const gone = await tui.until(/1\/2 supervisors/u, LIMIT_MS);
  t.deepEqual(standing(), before);
  t.regex(gone, /▾ two +3 .*stale \d+ s: /u);
  t.is(gone.match(/\(last known\)/gu)?.length, 3);
  t.regex(gone, /3 marked/u);
  await tui.until(/stale [2-9] s: /u, LIMIT_MS);
  t.deepEqual(standing(), before);
  // The keys still work on what is there.
  tui.press('x');
  t.regex(tui.screen(), /stop 3 processes on 2 supervisors\?/u);
  tui.press('n');

  await second.start();
  const back = await tui.until(/● 6 running.*2\/2 supervisors/u, LIMIT_MS);
  t.deepEqual(standing(), before);
  t.notRegex(back, /last known|stale/u);
  t.regex(back, /3 marked/u);
});
