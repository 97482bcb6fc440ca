// Every door against every kind of badness. Four things are asserted of each: the process lives (whatever is unhandled
// fails the test), no turn takes others 50 ms more than the longest one beside nothing does, the memory stays within
// its bound, and the bad one is told as its own error. The table is printed at the end.
import { setTimeout as after } from 'node:timers/promises';
import test from 'ava';
import { measureTurns } from '../helpers/longest-turn.ts';
import { BADNESSES, MANNERS } from './badness.ts';
import { LINK_DOORS, TEXT_DOORS, endOfLink, openServerDoors, wsLink, wsPeer } from './doors.ts';
import { answerWith, behave } from './peers.ts';

const MOST_DELAY_MS = 50;
const MOST_MEMORY_MB = 150;

type Row = {
  readonly door: string;
  readonly badness: string;
  readonly cases: number;
  readonly longestMs: number;
  readonly memoryMb: number;
};
const table: Row[] = [];
let idleMs = 0;
const faults: unknown[] = [];

test.before(async () => {
  process.on('unhandledRejection', (error) => faults.push(error));
  ({ longestMs: idleMs } = await measureTurns(() => after(500)));
});

test.after.always((t) => {
  const lines = table.map((row) =>
    [
      row.door.padEnd(20),
      row.badness.padEnd(24),
      String(row.cases).padStart(5),
      row.longestMs.toFixed(1).padStart(9),
      row.memoryMb.toFixed(0).padStart(7),
    ].join(' '),
  );
  t.log(['door                 badness                  cases  longest ms  MB', ...lines].join('\n'));
  t.deepEqual(faults, []);
});

const wrap = (text: string) =>
  `<?xml version="1.0"?><methodResponse><params><param><value>${text}</value></param></params></methodResponse>`;

type Case = () => Promise<string> | string;

/** Runs the cases of one field of the table; what each was told is handed back. */
async function field(
  door: string,
  badness: string,
  cases: readonly Case[],
): Promise<Row & { readonly told: readonly string[] }> {
  const told: string[] = [];
  // What is loaded and compiled at the first time has nothing to do with what is said.
  await cases[0]?.();
  const before = process.memoryUsage().rss;
  const turns = await measureTurns(async () => {
    for (const each of cases) {
      told.push(await each());
      await after(1);
    }
  });
  const memoryMb = Math.max(0, process.memoryUsage().rss - before) / 2 ** 20;
  const row = { door, badness, cases: cases.length, ...turns, memoryMb };
  table.push(row);
  return { ...row, told };
}

for (const { name, take } of TEXT_DOORS) {
  test.serial(`${name}: no text ends it or holds up others`, async (t) => {
    for (const { kind, texts } of BADNESSES) {
      const { told, longestMs, memoryMb } = await field(
        name,
        kind,
        texts.map((text) => () => take(text)),
      );
      t.true(longestMs <= idleMs + MOST_DELAY_MS, `${kind}: ${longestMs.toFixed(1)} ms, idle ${idleMs.toFixed(1)}`);
      t.true(memoryMb <= MOST_MEMORY_MB, `${kind}: ${memoryMb.toFixed(0)} MB`);
      for (const said of told) t.notRegex(said, /^$|DID|\p{Cs}/u, kind);
    }
  });
}

test.serial('HTTP and viewers: no text ends the server or holds up others', async (t) => {
  const { doors, close } = await openServerDoors();
  t.teardown(close);
  for (const { name, take } of doors) {
    for (const { kind, texts } of BADNESSES) {
      const { told, longestMs, memoryMb } = await field(
        name,
        kind,
        texts.map((text) => () => take(text)),
      );
      t.true(
        longestMs <= idleMs + MOST_DELAY_MS,
        `${name} ${kind}: ${longestMs.toFixed(1)} ms, idle ${idleMs.toFixed(1)}`,
      );
      t.true(memoryMb <= MOST_MEMORY_MB, `${name} ${kind}: ${memoryMb.toFixed(0)} MB`);
      if (name === 'viewer')
        t.true(
          told.every((said) => /closed with (?:1003|1007|1008|1009)/u.test(said)),
          told.join(', '),
        );
    }
  }
});

for (const { name, tongue, link } of LINK_DOORS) {
  test.serial(`${name}: what it is told is its own error, and holds up nobody`, async (t) => {
    for (const { kind, texts } of BADNESSES) {
      const cases = texts
        .flatMap((text) => [text, wrap(text)])
        .map((text) => async () => {
          const peer = await answerWith(Buffer.from(text), tongue);
          try {
            return await endOfLink(link(peer.port));
          } finally {
            await peer.close();
          }
        });
      const { told, longestMs, memoryMb } = await field(name, kind, cases);
      t.true(
        told.every((said) => said.includes('127.0.0.1')),
        told.join('\n'),
      );
      t.true(longestMs <= idleMs + MOST_DELAY_MS, `${kind}: ${longestMs.toFixed(1)} ms, idle ${idleMs.toFixed(1)}`);
      t.true(memoryMb <= MOST_MEMORY_MB, `${kind}: ${memoryMb.toFixed(0)} MB`);
    }
    for (const manner of MANNERS) {
      const { told, longestMs, memoryMb } = await field(name, manner, [
        async () => {
          const peer = await behave(manner, tongue);
          try {
            return await endOfLink(link(peer.port));
          } finally {
            await peer.close();
          }
        },
      ]);
      t.true(
        told.every((said) => said.includes('127.0.0.1')),
        told.join('\n'),
      );
      t.true(longestMs <= idleMs + MOST_DELAY_MS, `${manner}: ${longestMs.toFixed(1)} ms`);
      t.true(memoryMb <= MOST_MEMORY_MB, `${manner}: ${memoryMb.toFixed(0)} MB`);
    }
  });
}

test.serial('ws:// peer: what it is told is its own error, and holds up nobody', async (t) => {
  for (const { kind, texts } of BADNESSES) {
    const cases = texts.map((text) => async () => {
      const peer = await wsPeer(text);
      try {
        return await endOfLink(wsLink(peer.port));
      } finally {
        await peer.close();
      }
    });
    const { told, longestMs, memoryMb } = await field('ws:// peer', kind, cases);
    t.true(
      told.every((said) => said !== 'taken' && !said.startsWith('REJECTED')),
      told.join('\n'),
    );
    t.true(longestMs <= idleMs + MOST_DELAY_MS, `${kind}: ${longestMs.toFixed(1)} ms`);
    t.true(memoryMb <= MOST_MEMORY_MB, `${kind}: ${memoryMb.toFixed(0)} MB`);
  }
});
