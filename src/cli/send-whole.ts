// An act whose asker wants to go: nothing new is begun, and what would stay down half-way is carried through, unless the
// asker leaves it on purpose. At a terminal ctrl-c asks; elsewhere the second signal is the purpose.
import type { Process } from '../core/model.ts';
import type { Command, Outcome, Session } from '../core/ports.ts';
import { escapeText } from '../core/view/escape.ts';
import type { Invocation } from './argv/command.ts';
import type { Ending } from './io/io.ts';
import type { Reporter } from './output/outcomes.ts';

export type Sending = { readonly session: Session; readonly command: Command; readonly reporter: Reporter };

const NAMED = 5;

export async function sendWhole({ io }: Invocation, sending: Sending): Promise<readonly Outcome[]> {
  const { session, command, reporter } = sending;
  const stopping = new AbortController();
  const leaving = new AbortController();
  const over = new AbortController();
  const told = new Set<string>();

  const askWhether = async (names: string): Promise<void> => {
    const needless = AbortSignal.any([over.signal, leaving.signal]);
    io.err('\n');
    const answer = await io.ask(`${names}: wait until it is done? n leaves it down [Y/n] `, needless);
    if (/^n/iu.test(answer.trim())) leaving.abort();
  };
  const onEnding = (ending: Ending): void => {
    if (stopping.signal.aborted) return leaving.abort();
    stopping.abort();
    const half = halfDone(session, command, told);
    if (half.length === 0) return;
    const names = tellNames(command, half);
    if (ending === 'SIGINT' && io.interactive) void askWhether(names);
    else reporter.narrate(`${names}: carried through; a second signal leaves it down`);
  };

  const release = io.holdEnd(onEnding);
  try {
    return await session.send(command, {
      signal: AbortSignal.any([stopping.signal, io.signal]),
      leave: leaving.signal,
      progress: (outcome) => {
        told.add(outcome.target);
        reporter.progress(outcome);
      },
    });
  } finally {
    over.abort();
    release();
  }
}

/** Targets that are down, or about to be, until the act is over. */
function halfDone(session: Session, command: Command, told: ReadonlySet<string>): readonly string[] {
  if (command.action === 'update') return command.targets.filter((target) => !told.has(target));
  const { supervisors } = session.snapshot();
  const pending = [...supervisors.values()].flatMap(({ processes }) => [...processes.values()]);
  const half = new Set(pending.filter(isHalfDone).map(({ uid }) => uid));
  return command.targets.filter((target) => half.has(target) && !told.has(target));
}

/** A start of one that is being stopped is a restart. */
function isHalfDone({ pending, state }: Process): boolean {
  return pending === 'restart' || (pending === 'start' && state === 'STOPPING');
}

function tellNames({ action }: Command, names: readonly string[]): string {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return `${action} under way of ${names.slice(0, NAMED).map(escapeText).join(', ')}${more}`;
}
