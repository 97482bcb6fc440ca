import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { findMarked } from '../../scripts/demonstration/marked-processes.ts';
import { run } from '../../scripts/run.ts';
import { eventually } from '../helpers/deadline.ts';
import { testWithDjango } from '../helpers/project/django.ts';
import { findPeer } from '../helpers/peers.ts';
import { EXIT_LINE, openTerminal } from '../helpers/terminal/terminal.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const testDjango = testWithDjango();

testDjango(
  'without a terminal the Django demonstration shows both restarted by a save, and leaves nothing',
  async (t) => {
    const scratch = await mkdtemp(join(tmpdir(), 'mv-demo-'));
    t.teardown(() => rm(scratch, { recursive: true, force: true }));
    const result = await run('npm', ['run', '-s', 'demo:django'], {
      cwd: ROOT,
      env: { ...process.env, TMPDIR: scratch },
      signal: new AbortController().signal,
      timeoutMs: 110_000,
    });
    t.is(result.code, 0, result.output);
    t.regex(result.output, /web {2,}RUNNING/u);
    t.regex(result.output, /both have been restarted/u);
    t.regex(result.output, /Shut down/u);
    t.deepEqual(findMarked(`MULTIVISOR_EXAMPLE=${scratch}/`), []);
  },
);

(findPeer('tmux') === null ? test.skip : testDjango)(
  'on a terminal the Django demonstration shows the site and its worker, and q leaves nothing',
  async (t) => {
    const scratch = await mkdtemp(join(tmpdir(), 'mv-demo-'));
    const env = { TMPDIR: scratch, XDG_STATE_HOME: join(scratch, 'state') };
    const terminal = await openTerminal({ command: 'npm run -s demo:django', cwd: ROOT, env });
    const alive = () => findMarked(`MULTIVISOR_EXAMPLE=${scratch}/`);
    t.teardown(async () => {
      await terminal.close();
      await eventually(alive, (pids) => pids.length === 0, { what: 'nothing lives', ms: 15_000 });
      await rm(scratch, { recursive: true, force: true });
    });
    await terminal.until((screen) => /RUNNING +web/u.test(screen) && /RUNNING +worker/u.test(screen), {
      what: 'both run',
      ms: 60_000,
    });
    await terminal.press('q');
    const screen = await terminal.until((text) => EXIT_LINE.test(text), { what: 'its end', ms: 60_000 });
    t.is(EXIT_LINE.exec(screen)?.[1], '0');
    t.deepEqual(alive(), []);
  },
);
