// Every door against every kind of badness. Four things are asserted of each: the process lives (whatever is unhandled
// fails the test), no turn takes others 50 ms more than the longest one beside nothing does, the memory stays within
// its bound, and the bad one is told as its own error while a neighbour of it goes on. The table is printed at the end.
import { setTimeout as after } from 'node:timers/promises';
import test from 'ava';
import { escapeText } from '../../src/core/view/escape.ts';
import { measureTurns } from '../helpers/longest-turn.ts';
import type { RunningLink } from '../helpers/supervisord/run-link.ts';
import { runLink } from '../helpers/supervisord/run-link.ts';
import { BADNESSES, MANNERS } from './badness.ts';
import type { Door } from './door.ts';
import { supervisordDoor, supervisordLink, wsDoor, zerorpcDoor } from './doors/link-doors.ts';
import { openListenerPortDoor, stdinDoor } from './doors/listener-doors.ts';
import { argumentsDoor, configurationDoor, namesDoor } from './doors/own-doors.ts';
import { openHttpDoor, openViewerDoor } from './doors/server-doors.ts';
import { openListenerDoor, openMainLogDoor, openProcessLogDoor } from './doors/stream-doors.ts';
import { openTerminalDoor } from './doors/terminal-door.ts';
import type { Field, FieldOptions } from './field.ts';
import { runField, toTable } from './field.ts';
import type { SoundHost } from './sound-host.ts';
import { startSoundHost } from './sound-host.ts';

const MOST_DELAY_MS = 50;
const MOST_MEMORY_MB = 150;

const DOORS: Readonly<Record<string, () => Door | Promise<Door>>> = {
  'supervisord answer': () => supervisordDoor,
  'main log': openMainLogDoor,
  'process log': openProcessLogDoor,
  listener: openListenerDoor,
  'listener, its stdin': () => stdinDoor,
  'listener, its port': openListenerPortDoor,
  zerorpc: () => zerorpcDoor,
  'ws:// peer': () => wsDoor,
  viewer: openViewerDoor,
  HTTP: openHttpDoor,
  configuration: () => configurationDoor,
  arguments: () => argumentsDoor,
  names: () => namesDoor,
  'keyboard and paste': openTerminalDoor,
};

const table: Field[] = [];
const missing: (readonly [string, string, string])[] = [];
const faults: unknown[] = [];
let idleMs = 0;
let host: SoundHost | null = null;
let neighbour: RunningLink | null = null;

test.before(async () => {
  process.on('unhandledRejection', (error) => faults.push(error));
  host = await startSoundHost();
  neighbour = runLink(supervisordLink(host.port));
  await neighbour.next('all');
  ({ longestMs: idleMs } = await measureTurns(() => after(500)));
});

test.after.always(async (t) => {
  t.log(toTable(table, missing));
  await neighbour?.stop();
  await host?.close();
  t.deepEqual(faults, []);
});

/**
 * A collection of garbage, or a neighbour on the same core, makes a turn longer that is not long: what always costs more than
 * it may does so three times.
 */
async function runLeast(options: FieldOptions, mostMs: number): Promise<Field> {
  let least = await runField(options);
  for (let again = 0; again < 2 && (least.longestMs > mostMs || least.memoryMb > MOST_MEMORY_MB); again += 1) {
    const next = await runField({ ...options, warm: true });
    least = {
      ...next,
      longestMs: Math.min(least.longestMs, next.longestMs),
      memoryMb: Math.min(least.memoryMb, next.memoryMb),
      told: [...least.told, ...next.told],
    };
  }
  return least;
}

for (const [name, open] of Object.entries(DOORS)) {
  test.serial(`${name}: nothing that comes in ends it, holds up others or is told of another`, async (t) => {
    const door = await open();
    t.teardown(door.close);
    const fields = [
      ...BADNESSES.map(({ kind, texts }) => ({
        badness: kind,
        cases: texts.map((text) => () => door.take(text)),
        warm: false,
      })),
      ...MANNERS.flatMap((manner) => {
        const act = door.manners[manner];
        if (typeof act !== 'string') return [{ badness: manner, cases: [act], warm: true }];
        missing.push([name, manner, act]);
        return [];
      }),
    ];
    for (const { badness, cases, warm } of fields) {
      const from = neighbour?.seen.items.length ?? 0;
      const field = await runLeast({ door: name, badness, cases, warm }, idleMs + MOST_DELAY_MS);
      table.push(field);
      const { longestMs, memoryMb, told } = field;
      t.true(longestMs <= idleMs + MOST_DELAY_MS, `${badness}: ${longestMs.toFixed(1)} ms, idle ${idleMs.toFixed(1)}`);
      t.true(memoryMb <= MOST_MEMORY_MB, `${badness}: ${memoryMb.toFixed(0)} MB`);
      for (const said of told) {
        t.true(door.isOwn(said), `${badness}: ${JSON.stringify(said.slice(0, 300))}`);
        // As it is shown wherever it is told.
        t.true(escapeText(said).isWellFormed(), badness);
      }
      const heard = neighbour?.seen.items.slice(from).filter(({ type }) => type === 'down' || type === 'gap');
      t.deepEqual(heard, [], `${badness}: the neighbour`);
    }
  });
}
