import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import test from 'ava';
import { createWatchFeed } from '../../../src/cli/output/watch/watch-feed.ts';
import type { Told } from '../../../src/cli/output/watch/watch-feed.ts';
import { reading, reported } from '../../helpers/core/readings.ts';
import { startSupervisord } from '../../helpers/supervisord/supervisord.ts';
import { openWorld } from '../../helpers/core/world.ts';
import { makeFolder, startChild } from '../run-main.ts';

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const schemaOf = (name: string): object =>
  Object(JSON.parse(readFileSync(new URL(`../../../schema/${name}.json`, import.meta.url), 'utf8')));
const ajv = new Ajv2020({ formats: { 'date-time': ISO }, allowUnionTypes: true });
ajv.addSchema(schemaOf('status.v1'));
const validate = ajv.compile<Record<string, unknown>>(schemaOf('watch.v1'));

function parseLine(line: string): Record<string, unknown> {
  const value: unknown = JSON.parse(line);
  if (validate(value)) return value;
  throw new Error(`${ajv.errorsText(validate.errors)}\n${line}`);
}

const PROGRAMS = '[program:web]\ncommand=sleep 1000\nstartsecs=0\n[program:other]\ncommand=sleep 1000\n';

test('watch --json tells a death and the start after it, each once, with reason and order', async (t) => {
  const host = await startSupervisord({ programs: PROGRAMS });
  const folder = await makeFolder();
  t.teardown(async () => {
    await host.stop();
    await folder.remove();
  });
  const config = await folder.write('mv.conf', `[supervisor:s]\nurl = ${host.url}\n`);
  const { lines, child, ended, stderr } = startChild(['watch', '--json', '-c', config]);
  t.teardown(() => child.kill('SIGKILL'));
  const first = parseLine(await lines.until((line) => line, { what: 'the snapshot', ms: 15_000 }));
  t.like(first, { type: 'snapshot', seq: 1 });
  t.like(first['snapshot'], { schema: 'multivisor.status/v1', summary: { supervisors: { up: 1 } } });

  const { pid } = await host.info('web');
  process.kill(pid, 'SIGKILL');
  await lines.until((line) => (/"uid":"s:web:web".*"to":"RUNNING"/.test(line) ? line : undefined), {
    what: 'it runs again',
    ms: 10_000,
  });
  const told = lines.items.map(parseLine);
  const ofWeb = told.filter((line) => line['uid'] === 's:web:web');
  const ways = ofWeb.filter((line) => line['to'] !== undefined).map((line) => [line['uid'], line['from'], line['to']]);
  t.deepEqual(ways, [
    ['s:web:web', 'RUNNING', 'EXITED'],
    ['s:web:web', 'EXITED', 'STARTING'],
    ['s:web:web', 'STARTING', 'RUNNING'],
  ]);
  t.like(
    ofWeb.find((line) => line['to'] === 'EXITED'),
    { reason: { kind: 'signal', signal: 'SIGKILL', text: 'killed by SIGKILL' }, by: null, source: 'log' },
  );
  for (const line of told) {
    if (line['to'] !== undefined) t.is(Reflect.get(Object(line['process']), 'state'), line['to']);
  }
  t.deepEqual(
    told.map((line) => line['seq']),
    told.map((_, index) => index + 1),
  );

  await host.halt();
  const down = await lines.until((line) => (line.includes('"reachable":false') ? line : undefined), {
    what: 'it is away',
    ms: 10_000,
  });
  t.like(parseLine(down), { type: 'supervisor', supervisor: { name: 's', reachable: false, stale: true } });
  child.kill('SIGINT');
  t.is(await ended, 130);
  t.is(stderr(), '');
});

test('--no-snapshot and selectors leave out what is not asked for; text is one line a change', async (t) => {
  const host = await startSupervisord({ programs: PROGRAMS });
  const folder = await makeFolder();
  t.teardown(async () => {
    await host.stop();
    await folder.remove();
  });
  const config = await folder.write('mv.conf', `[supervisor:s]\nurl = ${host.url}\n`);
  const { lines, child, ended } = startChild(['watch', 'other', '-c', config]);
  t.teardown(() => child.kill('SIGKILL'));
  await lines.until((line) => (line.includes('s:other:other') ? line : undefined), { what: 'the table', ms: 15_000 });
  await host.rpc('supervisor.stopProcess', 'web');
  await host.rpc('supervisor.stopProcess', 'other');
  await lines.until((line) => (/^\d\d:\d\d:\d\d ○ s:other:other .* → STOPPED$/.test(line) ? line : undefined), {
    what: 'the stop',
  });
  t.false(lines.items.some((line) => line.includes('s:web:web')));
  child.kill('SIGTERM');
  t.is(await ended, 143);
});

function follow(names: readonly string[] = ['a']) {
  const { session, link } = openWorld(names);
  const told: Told[] = [];
  link('a').emit({ type: 'source', source: 'log', note: '' });
  const feed = createWatchFeed(session.snapshot(), session.timeline().at(-1)?.id ?? 0);
  session.subscribe((event) => told.push(...feed.handle(event)));
  return { link: link('a'), told };
}

const brief = (told: Told) => {
  switch (told.type) {
    case 'changed':
      return `${told.process.uid} ${told.transition.from}>${told.transition.to} pid ${told.process.pid}`;
    case 'fields':
      return `${told.process.uid} ${told.fields.join(',')} in ${told.process.state}`;
    case 'added':
    case 'removed':
      return `${told.type} ${told.process.uid}`;
    case 'supervisor':
      return `supervisor ${told.supervisor.link}`;
    case 'supervisor-removed':
      return `${told.type} ${told.name}`;
    case 'gap':
      return `gap ${told.message}`;
  }
};

test('a reading that comes before its report is told once, with the report', (t) => {
  const { link, told } = follow();
  link.emitSome([reading('g:x', 'EXITED', { exitStatus: 1 })]);
  t.deepEqual(told, []);
  link.emit({ type: 'transitions', transitions: [reported('g:x', 'EXITED')] });
  link.emitSome([reading('g:x', 'EXITED', { exitStatus: 1 })]);
  t.deepEqual(told.map(brief), ['a:g:x RUNNING>EXITED pid null']);
});

test('a report that comes before its reading is told at once; the reading adds only other fields', (t) => {
  const { link, told } = follow();
  link.emit({ type: 'transitions', transitions: [reported('g:x', 'EXITED'), reported('g:x', 'STARTING', { pid: 7 })] });
  t.deepEqual(told.map(brief), ['a:g:x RUNNING>EXITED pid null', 'a:g:x EXITED>STARTING pid 7']);
  link.emitSome([reading('g:x', 'STARTING', { pid: 7, startedAt: 1_700_000_001 })]);
  t.deepEqual(told.slice(2).map(brief), ['a:g:x startedAt in STARTING']);
});

test('what is added, removed or missed is told', (t) => {
  const { link, told } = follow();
  link.emitAll([reading('g:x', 'RUNNING'), reading('g:new', 'STOPPED')]);
  link.emit({ type: 'gap', message: 'cut' });
  link.emit({ type: 'down', error: { code: 'closed', message: 'away' } });
  t.deepEqual(told.map(brief).toSorted(), ['added a:g:new', 'gap cut', 'removed a:g:y', 'supervisor down']);
});
