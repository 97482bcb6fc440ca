// `--exit-on fail|any|all`: which end of a program is the end of the project, and its exit code. supervisord's own log
// tells each end, also of what is started again at once.
import { constants } from 'node:os';
import type { ProcessReading } from '../../../core/model.ts';
import { LinkFailure } from '../../link/link-failure.ts';
import { pause } from '../../link/pause.ts';
import type { LogEvent } from '../../supervisord-api/parse-log-line.ts';
import { parseLogLine } from '../../supervisord-api/parse-log-line.ts';
import { isEnding } from '../daemon/find-running.ts';
import type { ControlClient } from '../daemon/supervisord-client.ts';
import type { ExitOn } from '../options.ts';
import { READINESS, type OrderPlan } from '../order/order-plan.ts';
import { readOrder } from '../order/order-notes.ts';
import type { Merged } from '../supervisord-conf/layers.ts';
import { groupsOf, processesOf, programSections } from '../run-directory/watch-plan.ts';
import type { RunDirectory } from '../run-directory/paths.ts';
import { toNamespec } from '../supervisorctl/texts.ts';
import { createFileFollower } from './follow-file.ts';

export type ExitRule = {
  /** By the name of a process, as the log has it. */
  readonly processes: ReadonlyMap<
    string,
    {
      readonly shown: string;
      readonly exitCodes: readonly number[];
      readonly restarts: 'always' | 'unexpected' | 'never';
      /** Others wait for its end. */
      readonly completes: boolean;
    }
  >;
};

const OURS: readonly string[] = ['autoreload', READINESS];

export function toExitRule(merged: Merged, order: OrderPlan | null): ExitRule {
  const groups = groupsOf(merged);
  const completing = new Set(
    (order?.programs ?? []).flatMap(({ after }) =>
      after.flatMap(({ name, condition }) => (condition === 'completed' ? [name] : [])),
    ),
  );
  const all = programSections(merged).flatMap(({ name, settings }) => {
    if (OURS.includes(name)) return [];
    const restart = settings.get('autorestart')?.value.trim().toLowerCase() ?? 'unexpected';
    const restarts = /^(?:true|yes|on|1)$/u.test(restart) ? 'always' : restart === 'unexpected' ? restart : 'never';
    const exitCodes = (settings.get('exitcodes')?.value ?? '0').split(',').map(Number);
    return processesOf(name, settings, groups.get(name) ?? name).map((target) => {
      const [group = '', process = ''] = target.split(':');
      const rule = { shown: toNamespec(group, process), exitCodes, restarts, completes: completing.has(name) } as const;
      return [process, rule] as const;
    });
  });
  return { processes: new Map(all) };
}

export type ExitOnOptions = {
  readonly mode: ExitOn;
  readonly rule: ExitRule;
  readonly client: ControlClient;
  readonly run: Pick<RunDirectory, 'dir'>;
  readonly mainLog: string;
  /** How long it was before the start. */
  readonly from: number;
  readonly signal: AbortSignal;
};

export type Decision = { readonly code: number; readonly words: string };

const LOOK_EVERY_MS = 50;

/** Null when aborted before anything was decided. */
export async function awaitDecision(options: ExitOnOptions): Promise<Decision | null> {
  const { mode, rule, mainLog, from, signal } = options;
  const log = createFileFollower(mainLog, from);
  const ends = new Map<string, End>();
  try {
    while (!signal.aborted) {
      const events = log
        .read()
        .map(parseLogLine)
        .filter((event) => event !== null);
      const now = events.flatMap((event) => toEnd(event, rule, ends) ?? []);
      const deciding = now.find(({ fails, counts }) => (mode === 'fail' ? fails : mode === 'any' && counts));
      if (deciding !== undefined) return { code: deciding.code, words: deciding.words };
      if (mode === 'all' && ends.size > 0 && (await areAllOver(options))) return sumUp(ends);
      await pause(LOOK_EVERY_MS, signal);
    }
    return null;
  } finally {
    log.end();
  }
}

type End = {
  readonly code: number;
  readonly words: string;
  readonly fails: boolean;
  /** It is more than the end that others wait for. */
  readonly counts: boolean;
};

function toEnd(event: LogEvent, { processes }: ExitRule, ends: Map<string, End>): End | null {
  if (event.type !== 'exited' && event.type !== 'gave-up') return null;
  const rule = processes.get(event.name);
  if (rule === undefined) return null;
  const end = event.type === 'gave-up' ? givenUp(rule.shown, ends.get(event.name)) : ended(event, rule);
  ends.set(event.name, end);
  return end;
}

/** With the code of its last end, when that says anything. */
function givenUp(shown: string, last: End | undefined): End {
  // It only ended too early for supervisord.
  const fails = last?.fails ?? true;
  return { code: fails ? last?.code || 1 : 0, words: `${shown} was given up`, fails, counts: true };
}

type ProcessRule = ExitRule['processes'] extends ReadonlyMap<string, infer Rule> ? Rule : never;

function ended({ ending }: Extract<LogEvent, { type: 'exited' }>, { shown, exitCodes, completes }: ProcessRule): End {
  if (ending?.kind === 'exit') {
    const fails = !exitCodes.includes(ending.status);
    const words = `${shown} exited with ${ending.status}`;
    return { code: ending.status, words, fails, counts: fails || !completes };
  }
  const number = Object.entries(constants.signals).find(([name]) => name === ending?.signal)?.[1] ?? 0;
  const words = `${shown} was ended by ${ending?.signal ?? 'a signal'}`;
  return { code: 128 + number, words, fails: true, counts: true };
}

function sumUp(ends: ReadonlyMap<string, End>): Decision {
  const failed = [...ends.values()].find(({ fails }) => fails);
  return { code: failed?.code ?? 0, words: failed?.words ?? 'all have ended' };
}

/** Nothing runs any more, nothing will be started again, and nothing waits that may still come. */
async function areAllOver({ client, rule, run }: ExitOnOptions): Promise<boolean> {
  const all = await readAll(client);
  const rows = all.map(({ group, name, state, pid, startedAt }) => {
    return { group, name, state, pid, neverStarted: startedAt === null };
  });
  const order = readOrder(run, rows);
  return (
    all.length > 0 &&
    all.every((reading, index) => {
      const process = rule.processes.get(reading.name);
      if (process === undefined) return true;
      const row = rows[index];
      const note = row && order?.noteOf(row);
      return isOver(reading, process) && (note == null || note.failed);
    })
  );
}

function isOver({ state, exitStatus }: ProcessReading, { restarts, exitCodes }: ProcessRule): boolean {
  if (state !== 'EXITED') return state === 'STOPPED' || state === 'FATAL';
  return restarts === 'never' || (restarts === 'unexpected' && exitCodes.includes(exitStatus ?? -1));
}

async function readAll(client: ControlClient): Promise<readonly ProcessReading[]> {
  try {
    return await client.readAll();
  } catch (error) {
    // It is about to end, which is told where it is waited for.
    if (error instanceof LinkFailure || isEnding(error) || client.signal.aborted) return [];
    throw error;
  }
}
