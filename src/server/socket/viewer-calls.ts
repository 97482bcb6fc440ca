// Primitive calls of a viewer that is another multivisor, each under the id that the viewer gave it.
import type { LinkCall, LinkResult } from '../../core/ports.ts';
import { encodeServerMessage } from '../../core/wire/codec.ts';
import type { ActorRelays } from '../open-relays.ts';
import type { Outbox } from './outbox.ts';

/** More than our own links ever have under way. */
const CALLS_AT_ONCE = 64;

export type ViewerCalls = {
  run(id: number, supervisor: string, call: LinkCall): void;
  cancel(id: number): void;
  /** Settles when none is under way. */
  settled(): Promise<void>;
};

export type ViewerCallsOptions = {
  readonly relays: ActorRelays;
  readonly outbox: Outbox;
  readonly onFailure: (error: unknown) => void;
};

export function createViewerCalls({ relays, outbox, onFailure }: ViewerCallsOptions): ViewerCalls {
  const running = new Map<number, { readonly cancelling: AbortController; readonly done: Promise<void> }>();
  const answer = (id: number, result: LinkResult) =>
    outbox.send(encodeServerMessage({ type: 'link-result', id, result }));

  return {
    run: (id, supervisor, call) => {
      if (running.has(id)) return;
      if (running.size >= CALLS_AT_ONCE) {
        return answer(id, { ok: false, code: 'busy', message: `${CALLS_AT_ONCE} calls of this viewer are under way` });
      }
      const cancelling = new AbortController();
      const carryOut = async () => {
        answer(id, await relays.call(supervisor, call, { signal: cancelling.signal }));
      };
      // Nobody awaits it but who ends the server: whatever it fails with is an answer, and is told there.
      const done = carryOut()
        .catch((error: unknown) => {
          onFailure(error);
          answer(id, { ok: false, code: 'fault', message: 'the server failed to make the call; its log says why' });
        })
        .finally(() => running.delete(id));
      running.set(id, { cancelling, done });
    },
    cancel: (id) => running.get(id)?.cancelling.abort(),
    settled: async () => void (await Promise.all(Array.from(running.values(), ({ done }) => done))),
  };
}
