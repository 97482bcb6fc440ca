// A disk that is full: it is told, what was there stays whole, and all goes on when there is room again.
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { HISTORY_LINES, readHistory, writeHistory } from '../../src/cli/shell/history.ts';
import { readChoices, writeChoices } from '../../src/tui/persistence.ts';
import { eventually } from '../helpers/deadline.ts';
import { findPeer, testUnless } from '../helpers/peers.ts';
import { openProject } from '../helpers/project/project.ts';
import { openSmallDisk, whyNoSmallDisk } from '../helpers/small-disk.ts';
import { startSupervisord } from '../helpers/supervisord/supervisord.ts';
import { EXIT_LINE, openTerminal } from '../helpers/terminal/terminal.ts';
import { makeFolder, startChild } from './run-main.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const LIMIT_MS = 60_000;
const reason = whyNoSmallDisk();
const onFullDisk = testUnless(reason, test);
const inTerminal = testUnless(reason ?? (findPeer('tmux') === null ? 'tmux is not installed' : null), test);

onFullDisk('audit: with audit_required nothing is carried out meanwhile; what is missing is counted', async (t) => {
  const disk = await openSmallDisk(t);
  const host = await startSupervisord({ programs: '[program:web]\ncommand=sleep 1000\nstartsecs=0\n' });
  t.teardown(host.stop);
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const config = await folder.write(
    'multivisor.conf',
    `[global]\naudit_required = yes\n[supervisor:a]\nurl = ${host.url}\n`,
  );
  const audit = join(disk.path, 'audit.log');
  const serve = startChild(['serve', '-c', config, '--bind', '127.0.0.1:0', '--audit', audit], { unbounded: true });
  t.teardown(async () => {
    serve.child.kill('SIGKILL');
    await serve.ended;
  });
  const told = (what: RegExp) =>
    eventually(
      () => what.exec(serve.stderr())?.[1] ?? '',
      (found) => found !== '',
      { what: String(what), ms: LIMIT_MS },
    );
  const url = await told(/at (http:\S+)/u);
  const signal = async () => {
    const body = new URLSearchParams({ uid: 'a:web:web' });
    const answer = await fetch(`${url}/api/process/restart`, { method: 'POST', body });
    return { status: answer.status, text: await answer.text() };
  };
  const pid = async () => (await host.info('web')).pid;
  await eventually(signal, ({ status }) => status === 200, { what: 'it is restarted', ms: LIMIT_MS });
  await disk.fill();
  // The last block of the file may have room for a few lines.
  const refused = await eventually(signal, ({ status }) => status === 403, { what: 'it is refused', ms: LIMIT_MS });
  t.regex(refused.text, /the audit cannot be written, and nothing may be done without it/u);
  const before = await pid();
  await signal();
  t.is(await pid(), before, 'nothing is done');
  await told(/(the audit cannot be written: .*ENOSPC)/u);
  t.is((await fetch(`${url}/api/data`)).status, 200, 'it lives');
  await disk.clear();
  await told(/(the audit is written again; \d+ of its lines are missing)/u);
  t.is((await signal()).status, 200);
  t.not(await pid(), before);
  const lines = (await readFile(audit, 'utf8')).trimEnd().split('\n');
  t.true(lines.some((line) => /"event":"missed","times":[2-9]/u.test(line)));
  t.like(JSON.parse(lines.at(-1) ?? '{}'), { event: 'command', command: 'restart' });
});

onFullDisk('choices: the old ones stay whole, nothing else is left, and the next ones are kept', async (t) => {
  const disk = await openSmallDisk(t);
  const state = join(disk.path, 'state');
  await writeChoices(state, { theme: 'light' });
  await disk.fill();
  await t.throwsAsync(writeChoices(state, { theme: 'mono', sort: 'state' }), { code: 'ENOSPC' });
  t.deepEqual(await readdir(state), ['tui.json']);
  t.deepEqual(await readChoices(state), { theme: 'light' });
  await disk.clear();
  await writeChoices(state, { theme: 'mono', sort: 'state' });
  t.deepEqual(await readChoices(state), { theme: 'mono', sort: 'state' });
});

onFullDisk('history of the shell: the old one stays whole', async (t) => {
  const disk = await openSmallDisk(t);
  const path = join(disk.path, 'state/history');
  writeHistory(path, ['one', 'two']);
  await disk.fill();
  writeHistory(
    path,
    Array.from({ length: HISTORY_LINES }, () => 'a long line of which there are many'),
  );
  t.deepEqual(readHistory(path), ['one', 'two']);
  t.deepEqual(await readdir(join(disk.path, 'state')), ['history']);
  await disk.clear();
  writeHistory(path, ['three']);
  t.deepEqual(readHistory(path), ['three']);
});

inTerminal('choices: the terminal interface tells it once, goes on, and keeps them at the end if it can', async (t) => {
  const disk = await openSmallDisk(t);
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const config = await folder.write('multivisor.conf', '[supervisor:a]\nurl = http://127.0.0.1:1\n');
  const state = join(disk.path, 'multivisor');
  const open = () =>
    openTerminal({
      command: `node --import=./scripts/tsx-files.mjs bin/multivisor.ts tui -c ${config}`,
      cwd: ROOT,
      env: { XDG_STATE_HOME: disk.path, NODE_OPTIONS: `--redirect-warnings=${folder.path}/warnings` },
    });
  await mkdir(state);
  await disk.fill();
  const terminal = await open();
  t.teardown(terminal.close);
  const until = (what: RegExp) => terminal.until((screen) => what.test(screen), { what: String(what), ms: LIMIT_MS });
  await until(/localhost|127\.0\.0\.1|unreachable|a /u);
  await terminal.press('T');
  await until(/choices are not kept: ENOSPC/u);
  await terminal.press('T');
  await disk.clear();
  await terminal.press('q');
  t.regex(await until(EXIT_LINE), /^exit 0$/mu);
  t.deepEqual(await readdir(state), ['tui.json']);
  t.truthy((await readChoices(state)).theme);
  await disk.fill();
  const again = await open();
  t.teardown(again.close);
  await again.until((screen) => /a /u.test(screen), { what: 'it is there', ms: LIMIT_MS });
  await again.press('T', 'q');
  t.regex(
    await again.until((screen) => EXIT_LINE.test(screen), { what: 'its end', ms: LIMIT_MS }),
    /multivisor: choices are not kept: ENOSPC/u,
    'also when nothing is on the screen any more',
  );
});

onFullDisk('project: a start says which file it could not write, and is none; with room it is one', async (t) => {
  const disk = await openSmallDisk(t);
  const project = await openProject(t, 'procfile', { env: { XDG_RUNTIME_DIR: disk.path } });
  await disk.fill();
  const failed = await project.mv('-d');
  t.is(failed.code, 1, failed.err);
  t.regex(failed.err, /(?:cannot be written|cannot be made|cannot be locked): ENOSPC/u);
  t.deepEqual(project.alive(), []);
  await disk.clear();
  const files = (await readdir(disk.path, { recursive: true })).filter((name) => /\.[0-9a-f]{8}$|lock/u.test(name));
  t.deepEqual(files, [], 'nothing half is left');
  const started = await project.mv('-d');
  t.is(started.code, 0, started.err);
  await project.untilState('RUNNING', 'web', 'clock');
});

onFullDisk('project: one that runs is found, seen, steered and ended, and its state stays whole', async (t) => {
  const disk = await openSmallDisk(t);
  const project = await openProject(t, 'procfile', { env: { XDG_RUNTIME_DIR: disk.path } });
  t.is((await project.mv('-d')).code, 0);
  await project.untilState('RUNNING', 'web', 'clock');
  await disk.fill();
  t.regex((await project.mv('status')).out, /web +RUNNING/u);
  const again = await project.mv('-d');
  t.is(again.code, 0, again.err);
  t.regex(again.out + again.err, /it runs already/u);
  const old = await project.pid('web');
  t.is((await project.mv('restart', 'web')).code, 0);
  t.is((await project.newPid('web', old)) > 0, true);
  await writeFile(join(project.dir, 'Procfile'), 'web: node web.mjs\nother: sleep 1000\n');
  const update = await project.mv('update');
  t.not(update.code, 0, update.out);
  t.regex(update.out + update.err, /cannot be written: ENOSPC/u);
  await project.untilState('RUNNING', 'web', 'clock');
  await disk.clear();
  t.is((await project.mv('update')).code, 0);
  await project.untilState('RUNNING', 'web', 'other');
  t.is((await project.mv('shutdown')).code, 0);
  await eventually(project.alive, (pids) => pids.length === 0, { what: 'it is ended', ms: LIMIT_MS });
});
