// Supervisors that this viewer, another multivisor, has as links of its own: what their real links tell, as it is told.
import type { Observation } from '../../core/observation.ts';
import type { OutcomeCode } from '../../core/ports.ts';
import type { Relay } from '../../core/session/relays.ts';
import { encodeServerMessage } from '../../core/wire/codec.ts';
import type { ActorRelays } from '../open-relays.ts';
import type { Outbox } from './outbox.ts';

const LINKS_AT_ONCE = 100;

export type ViewerLinks = {
  open(id: number, supervisor: string, watched: boolean): void;
  attend(id: number, watched: boolean): void;
  reread(id: number, names: readonly string[]): void;
  close(id: number): void;
  closeAll(): void;
  /** There is room again. */
  catchUp(): void;
};

type Open = { readonly relay: Relay; missed: number };

export function createViewerLinks(options: {
  readonly relays: ActorRelays;
  readonly outbox: Outbox;
  readonly onDropped: () => void;
}): ViewerLinks {
  const { relays, outbox } = options;
  const links = new Map<number, Open>();

  const tell = (id: number, observation: Observation) =>
    outbox.send(encodeServerMessage({ type: 'observation', id, observation }));
  const tellRoute = (id: number, engines: readonly string[]) =>
    outbox.send(encodeServerMessage({ type: 'link-route', id, engines }));
  const end = (id: number, { code, message }: { readonly code: OutcomeCode; readonly message: string }) => {
    links.delete(id);
    outbox.send(encodeServerMessage({ type: 'link-end', id, error: { code, message } }));
  };

  return {
    open: (id, supervisor, watched) => {
      if (links.has(id)) return;
      if (links.size >= LINKS_AT_ONCE) return end(id, { code: 'busy', message: `${LINKS_AT_ONCE} links are open` });
      const relay = relays.open(supervisor, {
        onObservation: (observation) => {
          const link = links.get(id);
          if (!link) return;
          // From the first that is missed on nothing follows on: there will be a fresh start.
          if (link.missed === 0 && !outbox.isFull()) return tell(id, observation);
          link.missed += 1;
          options.onDropped();
        },
        onRoute: (engines) => tellRoute(id, engines),
        onEnd: (reason) => end(id, reason),
      });
      if (!relay.ok) return end(id, relay);
      links.set(id, { relay, missed: 0 });
      tellRoute(id, relay.route());
      for (const observation of relay.state()) tell(id, observation);
      relay.attend(watched);
    },
    attend: (id, watched) => links.get(id)?.relay.attend(watched),
    reread: (id, names) => links.get(id)?.relay.reread(names),
    close: (id) => {
      links.get(id)?.relay.close();
      links.delete(id);
    },
    closeAll: () => {
      for (const { relay } of links.values()) relay.close();
      links.clear();
    },
    catchUp: () => {
      for (const [id, link] of links) {
        if (link.missed === 0) continue;
        if (outbox.isFull()) return;
        const message = `the connection is too slow: what was told ${link.missed} times did not come`;
        tell(id, { type: 'gap', message });
        link.missed = 0;
        for (const observation of link.relay.state()) tell(id, observation);
      }
    },
  };
}
