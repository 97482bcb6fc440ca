// Answers and logs of real supervisords, byte for byte (paths apart), all with the same programs and the same fate.
import { inSlices } from '../../../src/bridge/link/slices.ts';
import { readFile, readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import type { LogEvent } from '../../../src/bridge/supervisord-api/parse-log-line.ts';
import { parseLogLine } from '../../../src/bridge/supervisord-api/parse-log-line.ts';
import { createLineSplitter } from '../../../src/bridge/link/line-splitter.ts';
import { readProcesses, scanStructs } from '../../../src/bridge/supervisord-api/xml-rpc/read-processes.ts';
import { decodeAnswer } from '../../../src/bridge/supervisord-api/xml-rpc/rpc.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures/supervisord/', import.meta.url));
const versions = await readdir(FIXTURES);

const STATES = {
  'bad:bad': 'FATAL',
  'done:done': 'EXITED 2',
  'none:none': 'FATAL',
  'segv:segv': 'EXITED 1',
  'slow:slow': 'STOPPED',
  'w:w_00': 'STOPPED',
  'w:w_01': 'STOPPED',
  'web:web': 'STOPPED',
};

const STORIES = {
  bad: 'spawned exited spawned exited gave-up',
  done: 'spawned running exited',
  none: 'gave-up',
  slow: 'spawned running stopped',
  web: 'spawned running exited spawned running stopped',
};

test('there are fixtures of the oldest and of the newest version', (t) => {
  t.true(versions.includes('3.3.5') && versions.includes('4.3.0'));
});

for (const version of versions) {
  test(`supervisor ${version}: its answer is read fast, and as the general parser reads it`, async (t) => {
    const xml = await readFile(`${FIXTURES}${version}/all-process-info.xml`, 'utf8');
    t.deepEqual<unknown, unknown>(await inSlices(scanStructs(xml)), await decodeAnswer(xml, 'fixture'));
    const { readings, hostNow } = await readProcesses(xml, 'fixture');
    const states = readings.map(({ group, name, state, exitStatus }) => [
      `${group}:${name}`,
      exitStatus === null ? state : `${state} ${exitStatus}`,
    ]);
    t.like(Object.fromEntries(states), STATES);
    t.is(readings.find(({ name }) => name === 'w_00')?.startedAt, null);
    t.regex(readings.find(({ name }) => name === 'none')?.spawnError ?? '', /can't find command/);
    t.true((hostNow ?? 0) > 1_700_000_000);
  });

  test(`supervisor ${version}: its log tells the story of each process`, async (t) => {
    const lines = createLineSplitter().push(await readFile(`${FIXTURES}${version}/main.log`));
    const events = lines.flatMap((line) => parseLogLine(line) ?? []);
    for (const [name, story] of Object.entries(STORIES)) t.is(storyOf(events, name), story, name);
    t.is(events.filter(({ type }) => type === 'spawn-error').length, 2);
    t.true(events.some(({ type }) => type === 'daemon'));
    t.true(events.some((event) => event.type === 'stopping' && event.name === 'slow'));
    const killed = events.find((event) => event.type === 'exited' && event.name === 'web');
    t.like(killed, { ending: { kind: 'signal', signal: 'SIGKILL', expected: false } });
  });
}

/** `waiting for … to stop` comes when a stop takes a while, and again every other second. */
function storyOf(events: readonly LogEvent[], name: string): string {
  const own = events.filter((event) => 'name' in event && event.name === name && event.type !== 'stopping');
  return own.map(({ type }) => type).join(' ');
}
