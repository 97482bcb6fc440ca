// Commands of one viewer, each under the id that the viewer gave it.
import type { Command, Outcome, Session } from '../../core/ports.ts';
import { encodeServerMessage } from '../../core/wire/codec.ts';
import { MAX_TARGETS } from '../../core/wire/messages.ts';
import type { Outbox } from './outbox.ts';

const COMMANDS_AT_ONCE = 20;

type Running = {
  readonly cancelling: AbortController;
  readonly leaving: AbortController;
  readonly done: Promise<void>;
};

export type ViewerCommands = {
  /** Targets of a command to come; false: too many. */
  collect(id: number, targets: readonly string[]): boolean;
  run(id: number, command: Command): void;
  cancel(id: number, leave: boolean): void;
  /** Settles when none is under way. */
  settled(): Promise<void>;
};

export function createViewerCommands(session: Session, outbox: Outbox): ViewerCommands {
  const collected = new Map<number, string[]>();
  const running = new Map<number, Running>();

  const refuse = (id: number, targets: readonly string[], message: string) => {
    const outcomes = targets.map((target) => ({
      target,
      ok: false,
      code: 'busy' as const,
      message,
      from: null,
      to: null,
    }));
    outbox.send(encodeServerMessage({ type: 'outcomes', id, outcomes }));
  };

  return {
    collect: (id, targets) => {
      const known = collected.get(id) ?? [];
      if (known.length + targets.length > MAX_TARGETS || (known.length === 0 && collected.size >= COMMANDS_AT_ONCE)) {
        return false;
      }
      collected.set(id, [...known, ...targets]);
      return true;
    },
    run: (id, command) => {
      const targets = [...(collected.get(id) ?? []), ...command.targets];
      collected.delete(id);
      if (running.has(id)) return;
      if (running.size >= COMMANDS_AT_ONCE) {
        return refuse(id, targets, `${COMMANDS_AT_ONCE} commands of this viewer are under way`);
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
        running.delete(id);
        outbox.send(encodeServerMessage({ type: 'outcomes', id, outcomes }));
      };
      running.set(id, { cancelling, leaving, done: carryOut() });
    },
    cancel: (id, leave) => {
      running.get(id)?.cancelling.abort();
      if (leave) running.get(id)?.leaving.abort();
    },
    settled: async () => void (await Promise.all(Array.from(running.values(), ({ done }) => done))),
  };
}
