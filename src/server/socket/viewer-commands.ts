// Commands of one viewer, each under the id that the viewer gave it.
import type { Command, Outcome, Session } from '../../core/ports.ts';
import { encodeServerMessage } from '../../core/wire/codec.ts';
import { MAX_TARGETS } from '../../core/wire/messages.ts';
import type { Outbox } from './outbox.ts';

const COMMANDS_AT_ONCE = 20;
/** Letters in all targets that it has named and that are not done with: as many processes as any fleet has, all with long names. */
const MOST_LETTERS = 8 * 1024 * 1024;

type Running = {
  readonly cancelling: AbortController;
  readonly leaving: AbortController;
  readonly done: Promise<void>;
  readonly letters: number;
};

export type ViewerCommands = {
  /** Targets of a command to come; false: too many. */
  collect(id: number, targets: readonly string[]): boolean;
  run(id: number, command: Command): void;
  cancel(id: number, leave: boolean): void;
  /** Settles when none is under way. */
  settled(): Promise<void>;
};

export type ViewerCommandsOptions = {
  readonly session: Session;
  readonly outbox: Outbox;
  readonly onFailure: (error: unknown) => void;
};

export function createViewerCommands({ session, outbox, onFailure }: ViewerCommandsOptions): ViewerCommands {
  const collected = new Map<number, { readonly targets: string[]; letters: number }>();
  const running = new Map<number, Running>();
  const isTooMuch = (more: readonly string[]): boolean => {
    const known = [...collected.values(), ...running.values()].reduce((sum, { letters }) => sum + letters, 0);
    return known + lettersOf(more) > MOST_LETTERS;
  };

  const refuse = (id: number, targets: readonly string[], why: Pick<Outcome, 'code' | 'message'>) => {
    const outcomes = targets.map((target) => ({ target, ok: false, ...why, from: null, to: null }));
    outbox.send(encodeServerMessage({ type: 'outcomes', id, outcomes }));
  };

  return {
    collect: (id, targets) => {
      const known = collected.get(id) ?? { targets: [], letters: 0 };
      if (known.targets.length + targets.length > MAX_TARGETS || isTooMuch(targets)) return false;
      if (!collected.has(id) && collected.size >= COMMANDS_AT_ONCE) return false;
      for (const target of targets) known.targets.push(target);
      known.letters += lettersOf(targets);
      collected.set(id, known);
      return true;
    },
    run: (id, command) => {
      const targets = [...(collected.get(id)?.targets ?? []), ...command.targets];
      collected.delete(id);
      if (running.has(id)) return;
      if (isTooMuch(targets)) return refuse(id, targets, { code: 'busy', message: 'too many targets are under way' });
      if (running.size >= COMMANDS_AT_ONCE) {
        const message = `${COMMANDS_AT_ONCE} commands of this viewer are under way`;
        return refuse(id, targets, { code: 'busy', message });
      }
      const cancelling = new AbortController();
      const leaving = new AbortController();
      const carryOut = async () => {
        const progress = (outcome: Outcome) => outbox.send(encodeServerMessage({ type: 'progress', id, outcome }));
        const outcomes = await session.send(
          { ...command, targets },
          {
            signal: cancelling.signal,
            leave: leaving.signal,
            progress,
          },
        );
        outbox.send(encodeServerMessage({ type: 'outcomes', id, outcomes }));
      };
      // Nobody awaits it but who ends the server: whatever it fails with has an outcome, and is told there.
      const done = carryOut()
        .catch((error: unknown) => {
          onFailure(error);
          refuse(id, targets, { code: 'fault', message: 'the server failed to carry it out; its log says why' });
        })
        .finally(() => running.delete(id));
      running.set(id, { cancelling, leaving, done, letters: lettersOf(targets) });
    },
    cancel: (id, leave) => {
      running.get(id)?.cancelling.abort();
      if (leave) running.get(id)?.leaving.abort();
    },
    settled: async () => void (await Promise.all(Array.from(running.values(), ({ done }) => done))),
  };
}

function lettersOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0);
}
