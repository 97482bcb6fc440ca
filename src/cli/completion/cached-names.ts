import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import * as v from 'valibot';
import type { Names } from './complete.ts';
import type { Invocation } from '../argv/command.ts';
import { readText } from '../config/read-text.ts';
import { ownFolder } from '../io/own-folder.ts';
import { writeWhole } from '../io/write-whole.ts';
import { FIRST_ANSWER_MS, withSession } from '../session/with-session.ts';

/** Names seldom change, and whoever types asks often. */
const FRESH_MS = 15_000;
/** How long one refresh keeps the next from being started. */
const REFRESH_MS = 5_000;
/** When nothing is known yet, for those that answer at once; the others come with the refresh. */
const FIRST_MS = 100;

const NAMES = v.object({ at: v.number(), processes: v.array(v.string()), supervisors: v.array(v.string()) });

/**
 * What is known, however old: whoever typed a tab never waits for a host. `refresh` is to start `refreshNames` elsewhere,
 * for the next time.
 */
export async function cachedNames(invocation: Invocation, refresh: () => void): Promise<Names> {
  const path = cachePath(invocation);
  const known = readNames(path) ?? { at: 0, ...(await askNames(invocation, { known: NONE, timeoutMs: FIRST_MS })) };
  if (path === null || Math.abs(Date.now() - known.at) < FRESH_MS) return known;
  writeNames(path, { ...known, at: Date.now() - FRESH_MS + REFRESH_MS });
  refresh();
  return known;
}

/** Asks everybody, and keeps the older names of those that do not answer. */
export async function refreshNames(invocation: Invocation): Promise<void> {
  const path = cachePath(invocation);
  const names = await askNames(invocation, { known: readNames(path) ?? NONE, timeoutMs: FIRST_ANSWER_MS });
  writeNames(path, { ...names, at: Date.now() });
}

const NONE: Names = { processes: [], supervisors: [] };

type Asking = { readonly known: Names; readonly timeoutMs: number };

async function askNames(invocation: Invocation, { known, timeoutMs }: Asking): Promise<Names> {
  let names = known;
  await withSession(invocation, { timeoutMs }, ({ session }) => {
    const { supervisors } = session.snapshot();
    const processes = [...supervisors.values()].flatMap(({ name, processes: read }) =>
      read.size > 0 ? [...read.keys()] : known.processes.filter((uid) => uid.startsWith(`${name}:`)),
    );
    names = { processes, supervisors: [...supervisors.keys()] };
    return 0;
  });
  return names;
}

/** Null: there is no place for them. */
function cachePath({ io, text }: Invocation): string | null {
  const source = text('remote') ?? text('config') ?? io.env['MULTIVISOR_CONFIG'] ?? io.cwd;
  const hash = createHash('sha256').update(resolve(io.cwd, source)).digest('hex').slice(0, 16);
  const folder = ownFolder('cache', io);
  return folder && join(folder, `names-${hash}.json`);
}

function readNames(path: string | null): v.InferOutput<typeof NAMES> | null {
  const text = path === null ? null : readText(path);
  if (!text?.ok) return null;
  try {
    const parsed = v.safeParse(NAMES, JSON.parse(text.text));
    return parsed.success ? parsed.output : null;
  } catch {
    // Half a file is no file: it is written again.
    return null;
  }
}

function writeNames(path: string | null, names: Names & { readonly at: number }): void {
  if (path === null) return;
  try {
    writeWhole(path, JSON.stringify(names));
  } catch {
    // Without a place to keep them they are asked for each time.
  }
}
