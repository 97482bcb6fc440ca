// What the handlers of keys work with.
import type { Clock, Session } from '../../core/ports.ts';
import type { Store } from '../store.ts';
import type { NoticeLevel } from '../ui-state/notices.ts';

/** What a key can do to the terminal and to the machine this runs on. */
export type Outside = {
  readonly quit: (code: number) => void;
  /** A line for the terminal as it is after the end. */
  readonly farewell: (line: string) => void;
  readonly suspend: () => void;
  readonly redraw: () => void;
  /** Into the clipboard of the terminal, wherever that is. */
  readonly copy: (text: string) => void;
  /** Resolves to null, or to why it could not be written. */
  readonly save: (path: string, text: string) => Promise<string | null>;
};

export type Control = {
  readonly store: Store;
  readonly session: Session;
  readonly clock: Clock;
  readonly outside: Outside;
  /** Ends what is under way when the program ends. */
  readonly signal: AbortSignal;
  /** Gives up also what leaves processes down. */
  readonly leave: AbortSignal;
};

export function notify({ store, clock }: Control, level: NoticeLevel, text: string): void {
  store.dispatch('notices', { type: 'add', notices: [{ at: clock.now(), level, text }] });
}
