import type { Selector } from '../../core/select.ts';
import { awaitDecided } from './await-first-answers.ts';
import type { Invocation } from '../argv/command.ts';
import { EXIT } from '../exit-codes.ts';
import { loadConfig } from '../config/load-config.ts';
import { narrowConfig } from '../config/narrow-config.ts';
import type { Opened } from './open-session.ts';
import { openSession } from './open-session.ts';
import { connectRemote, remoteOf } from './remote.ts';
import { pickSupervisors } from '../config/supervisor-args.ts';

/** For supervisors that do not answer, when the command does not say otherwise. */
export const FIRST_ANSWER_MS = 5_000;

export type SessionWish = {
  readonly selectors?: readonly Selector[];
  /** Globs over names of supervisors; none: all. */
  readonly supervisors?: readonly string[];
  readonly timeoutMs?: number;
  /** Whether it is to be known also how changes are told: by the log, by events, or why by polling. */
  readonly sources?: boolean;
};

/** Connects, waits until every supervisor that is meant has answered or will not, and closes whatever happens. */
export async function withSession(
  invocation: Invocation,
  { selectors = [], supervisors = [], timeoutMs = FIRST_ANSWER_MS, sources = false }: SessionWish,
  work: (opened: Opened) => number | Promise<number>,
): Promise<number> {
  const { signal } = invocation.io;
  const opened =
    remoteOf(invocation) === null
      ? openSession(narrowConfig(pickSupervisors(loadConfig(invocation), supervisors), selectors))
      : await connectRemote(invocation, { supervisors, timeoutMs });
  try {
    await awaitDecided(opened.session, { signal, timeoutMs, clock: opened.clock, sources });
    return signal.aborted ? EXIT.interrupted : await work(opened);
  } finally {
    await opened.close();
  }
}
