// Questions that are under way over a line, by the id under which each is answered.
import type { ServerMessage } from '../../core/wire/messages.ts';
import type { LinkFailure } from '../link/link-failure.ts';

export type AnswerOptions = {
  readonly ms: number;
  readonly signal: AbortSignal;
};

export type Answers = {
  /** Throws LinkFailure, `late` when none came in time, or the signal's reason. */
  expect(id: number, options: AnswerOptions): Promise<ServerMessage>;
  give(id: number, message: ServerMessage): void;
  /** Nobody will answer any more. */
  fail(failure: LinkFailure): void;
};

type Waiting = { readonly resolve: (message: ServerMessage) => void; readonly reject: (error: unknown) => void };

export function createAnswers(late: () => LinkFailure): Answers {
  const waiting = new Map<number, Waiting>();
  let failed: LinkFailure | null = null;
  return {
    expect: async (id, { ms, signal }) => {
      if (failed) throw failed;
      signal.throwIfAborted();
      const overdue = AbortSignal.timeout(ms);
      const over = AbortSignal.any([signal, overdue]);
      try {
        return await new Promise<ServerMessage>((resolve, reject) => {
          waiting.set(id, { resolve, reject });
          over.addEventListener('abort', () => reject(over.reason), { once: true });
        });
      } catch (error) {
        throw signal.aborted || !overdue.aborted ? error : late();
      } finally {
        waiting.delete(id);
      }
    },
    give: (id, message) => waiting.get(id)?.resolve(message),
    fail: (failure) => {
      failed = failure;
      for (const { reject } of waiting.values()) reject(failure);
    },
  };
}
