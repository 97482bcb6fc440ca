// Commands that are under way on the other side of a line.
import type { Command, Outcome, OutcomeCode, Session } from '../ports.ts';
import type { Asking } from './asking.ts';
import type { ClientMessage } from './messages.ts';

/** Targets that fit one message with room to spare: a uid is escaped in JSON and may be long. */
const PART_BYTES = 32 * 1024;
/** After a cancel the server answers at once, but for what it brings to its end; a server that does not is not waited for. */
const CANCEL_ANSWER_MS = 5_000;

type Running = {
  readonly command: Command;
  readonly told: Map<string, Outcome>;
  readonly progress: (outcome: Outcome) => void;
  readonly settle: (outcomes: readonly Outcome[]) => void;
};

export type RemoteCommands = {
  readonly send: Session['send'];
  onProgress(id: number, outcome: Outcome): void;
  onOutcomes(id: number, outcomes: readonly Outcome[]): void;
  /** The line is gone: nobody will answer any more. */
  onLost(message: string): void;
};

export function createRemoteCommands(options: Asking): RemoteCommands {
  const { clock, say } = options;
  const running = new Map<number, Running>();

  const finish = (id: number, outcomes: readonly Outcome[]) => {
    const run = running.get(id);
    if (!run) return;
    running.delete(id);
    outcomes.filter(({ target }) => !run.told.has(target)).forEach((outcome) => run.progress(outcome));
    run.settle(outcomes);
  };

  /** What was told stays true; the rest is unknown, for the reason given. */
  const giveUp = (id: number, code: OutcomeCode, message: string) => {
    const run = running.get(id);
    if (run)
      finish(
        id,
        run.command.targets.map((target) => run.told.get(target) ?? without(target, code, message)),
      );
  };

  return {
    send: (command, { signal, leave, progress = () => {} }) =>
      new Promise((resolve) => {
        const id = options.nextId();
        let cancelDeadline: (() => void) | null = null;
        const cancel = (left: boolean) => {
          say({ type: 'cancel', id, ...(left ? { leave: true } : {}) });
          if (!left && isWhole(command)) return;
          cancelDeadline ??= clock.after(CANCEL_ANSWER_MS, () => giveUp(id, 'cancelled', 'cancelled; nobody answered'));
        };
        const onAbort = () => cancel(false);
        const onLeave = () => cancel(true);
        const settle = (outcomes: readonly Outcome[]) => {
          signal.removeEventListener('abort', onAbort);
          leave?.removeEventListener('abort', onLeave);
          cancelDeadline?.();
          resolve(outcomes);
        };
        running.set(id, { command, told: new Map(), progress, settle });
        const refusal = options.refusal();
        if (signal.aborted) return giveUp(id, 'cancelled', 'cancelled before it was begun');
        if (refusal !== null) return giveUp(id, 'unreachable', refusal);
        signal.addEventListener('abort', onAbort, { once: true });
        leave?.addEventListener('abort', onLeave, { once: true });
        const parts = split(command.targets);
        const last = parts.pop() ?? [];
        for (const targets of parts) say({ type: 'targets', id, targets });
        say({ type: 'command', id, command: toWire(command, last) });
      }),
    onProgress: (id, outcome) => {
      const run = running.get(id);
      if (!run || run.told.has(outcome.target)) return;
      run.told.set(outcome.target, outcome);
      run.progress(outcome);
    },
    onOutcomes: finish,
    onLost: (message) => {
      for (const [id, { command }] of running) {
        const down = isWhole(command) ? ', and what was stopped for it may stay down' : '';
        giveUp(id, 'unreachable', `${message}; whether it was done is not known${down}`);
      }
    },
  };
}

/** It may be half done, and is then carried through: the line tells when it is over, or that it is lost. */
function isWhole({ action }: Command): boolean {
  return action === 'restart' || action === 'start' || action === 'update';
}

function without(target: string, code: OutcomeCode, message: string): Outcome {
  return { target, ok: false, code, message, from: null, to: null };
}

function toWire(command: Command, targets: string[]): Extract<ClientMessage, { type: 'command' }>['command'] {
  return { ...command, targets };
}

function split(targets: readonly string[]): string[][] {
  const parts: string[][] = [];
  let part: string[] = [];
  let bytes = 0;
  for (const target of targets) {
    // A character takes three bytes at most, but for the escaped ones, which no sane name is full of.
    const size = target.length * 3 + 3;
    if (bytes + size > PART_BYTES && part.length > 0) {
      parts.push(part);
      part = [];
      bytes = 0;
    }
    part.push(target);
    bytes += size;
  }
  return [...parts, part];
}
