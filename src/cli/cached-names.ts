import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import * as v from 'valibot';
import { allProcesses } from '../core/reduce.ts';
import type { Names } from './complete.ts';
import type { Invocation } from './command.ts';
import { readText } from './read-text.ts';
import { withSession } from './with-session.ts';

/** Names seldom change, and whoever types asks often. */
const FRESH_MS = 15_000;
const WAIT_MS = 700;

const NAMES = v.object({ at: v.number(), processes: v.array(v.string()), supervisors: v.array(v.string()) });

/** Names of the last few seconds; else those of now; else, when nobody answers, older ones. */
export async function cachedNames(invocation: Invocation): Promise<Names> {
  const path = cachePath(invocation);
  const known = readNames(path);
  if (known && Math.abs(Date.now() - known.at) < FRESH_MS) return known;
  let fresh: Names | null = null;
  await withSession(invocation, { timeoutMs: WAIT_MS }, ({ session }) => {
    const snapshot = session.snapshot();
    const processes = allProcesses(snapshot).map(({ uid }) => uid);
    fresh = { processes, supervisors: [...snapshot.supervisors.keys()] };
    return 0;
  });
  if (fresh) writeNames(path, fresh);
  return fresh ?? known ?? { processes: [], supervisors: [] };
}

function cachePath({ io, text }: Invocation): string {
  const source = text('remote') ?? text('config') ?? io.env['MULTIVISOR_CONFIG'] ?? io.cwd;
  const hash = createHash('sha256').update(resolve(io.cwd, source)).digest('hex').slice(0, 16);
  const base = io.env['XDG_CACHE_HOME'] || join(io.env['HOME'] || homedir(), '.cache');
  return join(base, 'multivisor', `names-${hash}.json`);
}

function readNames(path: string): v.InferOutput<typeof NAMES> | null {
  const text = readText(path);
  if (!text.ok) return null;
  try {
    const parsed = v.safeParse(NAMES, JSON.parse(text.text));
    return parsed.success ? parsed.output : null;
  } catch {
    // Half a file is no file: it is written again.
    return null;
  }
}

function writeNames(path: string, names: Names): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(`${path}.${process.pid}`, JSON.stringify({ at: Date.now(), ...names }), { mode: 0o600 });
    renameSync(`${path}.${process.pid}`, path);
  } catch {
    // Without a place to keep them they are asked for each time.
  }
}
