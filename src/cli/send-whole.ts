// An act whose asker wants to go: nothing new is begun, and what would stay down half-way is carried through, unless the
// asker leaves it on purpose. At a terminal ctrl-c asks; elsewhere the second signal is the purpose.
import { findHalfDone, tellHalfDone } from '../core/commands/half-done.ts';
import type { Command, Outcome, Session } from '../core/ports.ts';
import { escapeText } from '../core/view/escape.ts';
import type { Invocation } from './argv/command.ts';
import type { Ending } from './io/io.ts';
import type { OutcomePrinter } from './output/outcomes.ts';

export type Sending = { readonly session: Session; readonly command: Command; readonly reporter: OutcomePrinter };

export async function sendWhole({ io }: Invocation, sending: Sending): Promise<readonly Outcome[]> {
  const { session, command, reporter } = sending;
  const stopping = new AbortController();
  const leaving = new AbortController();
  const over = new AbortController();
  const told = new Set<string>();

  const askWhether = async (names: string): Promise<void> => {
    const needless = AbortSignal.any([over.signal, leaving.signal]);
    io.err('\n');
    const answer = await io.ask(`${escapeText(names)}: wait until it is done? n leaves it down [Y/n] `, needless);
    if (/^n/iu.test(answer.trim())) leaving.abort();
  };
  const onEnding = (ending: Ending): void => {
    // A terminal that hangs up tells so more than once.
    if (stopping.signal.aborted) return ending === 'SIGINT' || ending === 'SIGTERM' ? leaving.abort() : undefined;
    stopping.abort();
    const half = findHalfDone(session.snapshot(), { ...command, told });
    if (half.length === 0) return;
    const names = tellHalfDone(half, command.action);
    const tell = (): void => reporter.narrate(`${names}: carried through; a second signal leaves it down`);
    if (ending === 'SIGINT' && io.interactive) askWhether(names).catch(tell);
    else tell();
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
