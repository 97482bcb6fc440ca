// The clock of this machine is set, back and forth, while everything that runs for long runs: nothing that is shown is
// stale, no wait is missed, and everything is told in its order.
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import test from 'ava';
import pLimit from 'p-limit';
import * as v from 'valibot';
import { makeFolder, startChild } from '../cli/run-main.ts';
import { eventually } from '../helpers/deadline.ts';
import { openClock } from '../helpers/field/settable-clock.ts';
import { killProcess, startWatching, WEB } from '../helpers/field/table-run.ts';
import { freePort, portOpens } from '../helpers/free-port.ts';
import { findPeer, testUnless } from '../helpers/peers.ts';
import { startSupervisord } from '../helpers/supervisord/supervisord.ts';
import { openTerminal } from '../helpers/terminal/terminal.ts';

const ROLLED = '[program:roll]\ncommand=sleep 1000\nprocess_name=roll_%(process_num)d\nnumprocs=3\nstartsecs=1\n';
const BIN = fileURLToPath(new URL('../../bin/multivisor.ts', import.meta.url));
const TUI = `${process.execPath} --import=./scripts/tsx-files.mjs ${BIN} tui`;
/** What is not seen by then waits for the clock. */
const SOON = { ms: 20_000 };

const changed = v.object({ type: v.literal('changed'), uid: v.string(), from: v.string(), to: v.string() });
const statusSchema = v.object({
  processes: v.array(v.object({ uid: v.string(), pid: v.nullable(v.number()), stale: v.boolean() })),
});

/** The state changes that `watch --json` told, of each process in a chain. */
function brokenChains(lines: readonly string[]): readonly string[] {
  const states = new Map<string, string>();
  const broken: string[] = [];
  for (const line of lines) {
    const parsed = v.safeParse(changed, JSON.parse(line));
    if (!parsed.success) continue;
    const { uid, from, to } = parsed.output;
    if ((states.get(uid) ?? from) !== from) broken.push(line);
    states.set(uid, to);
  }
  return broken;
}

async function open(t: ExecutionContext) {
  const host = await startSupervisord({ programs: WEB + ROLLED });
  t.teardown(host.stop);
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const config = await folder.write('multivisor.conf', `[supervisor:s]\nurl = ${host.url}\n`);
  await eventually(host.readAll, (all) => all.every(({ statename }) => statename === 'RUNNING'), { what: 'all run' });
  return { host, config, clock: await openClock(folder.path) };
}

/** Each row starts five programs. */
const atOnce = pLimit(2);

const missing = (['faketime', 'tmux'] as const).find((peer) => findPeer(peer) === null);
const testInTime = testUnless(missing ? `${missing} is not installed` : null, test);

for (const [words, seconds] of [
  ['back by 5 min', -300],
  ['back by 1 h', -3_600],
  ['ahead by 5 min', 300],
  ['ahead by 1 h', 3_600],
] as const) {
  testInTime(`a clock that is set ${words} under the terminal, watch, logs, serve and a roll`, (t) =>
    atOnce(async () => {
      const { host, config, clock } = await open(t);
      const { env } = clock;
      const port = await freePort();
      // Not in the environment of tmux, which has waits of its own.
      const faked = Object.entries(env).map(([name, value]) => `${name}=${value}`);
      const terminal = await openTerminal({ command: `env ${faked.join(' ')} ${TUI} -c ${config}` });
      t.teardown(terminal.close);
      const watching = startWatching(t, ['watch', '--json', '-c', config], { env });
      const following = startWatching(t, ['logs', '-f', 'web', '-c', config], { env });
      startWatching(t, ['serve', '-c', config, '--bind', `127.0.0.1:${port}`], { env });
      const rolling = startChild(['restart', 'roll:*', '--batch', '1', '--wait', '-y', '-c', config], {
        env,
        unbounded: true,
      });
      t.teardown(() => rolling.child.kill('SIGKILL'));

      await watching.lines.until((line) => /"source":"log"/.test(line) || undefined, { what: 'watch', ms: 60_000 });
      await terminal.until((screen) => /RUNNING +web/.test(screen), { what: 'the terminal', ms: 60_000 });
      await portOpens(port);
      await appendFile(join(host.dir, 'web.log'), 'before\n');
      await following.lines.until((line) => line.endsWith('before') || undefined, { what: 'the log', ms: 60_000 });
      await rolling.lines.until((line) => line.includes('roll_') || undefined, { what: 'the roll', ms: 60_000 });

      await clock.set(seconds);
      const pid = await killProcess(host, 'web');
      await watching.lines.until((line) => line.includes(`"pid":${pid}`) || undefined, { what: 'the row', ...SOON });
      await appendFile(join(host.dir, 'web.log'), 'after\n');
      await following.lines.until((line) => line.endsWith('after') || undefined, { what: 'a line', ...SOON });
      const served = async () => {
        const response = await fetch(`http://127.0.0.1:${port}/api/v1/status`, { signal: AbortSignal.timeout(10_000) });
        return v.parse(statusSchema, await response.json()).processes;
      };
      const isRight = (each: { readonly uid: string; readonly pid: number | null }) =>
        each.uid === 's:web:web' && each.pid === pid;
      const all = await eventually(served, (rows) => rows.some(isRight), { what: 'what is served', ...SOON });
      t.false(all.some(({ stale }) => stale));
      t.is(await rolling.ended, 0, rolling.stderr());
      await host.rpc('supervisor.stopProcess', 'web');
      const screen = await terminal.until((text) => /STOPPED +web/.test(text), { what: 'the stop on it', ...SOON });
      t.notRegex(screen, / lost |last known|unreachable/);

      t.deepEqual(brokenChains(watching.lines.items), []);
      t.notRegex(watching.lines.items.join('\n'), /"reachable":false|"type":"gap"/);
      t.deepEqual(
        following.lines.items.map((line) => line.replace(/^.*(before|after)$/, '$1')),
        ['before', 'after'],
      );
    }),
  );
}
