import type { Clock } from '../ports.ts';
import type { ClientMessage } from './messages.ts';

/** How something is asked of the other side of a line, under an id of its own. */
export type Asking = {
  readonly clock: Clock;
  readonly nextId: () => number;
  /** Null while there is somebody to ask; else why not. */
  readonly refusal: () => string | null;
  readonly say: (message: ClientMessage) => void;
};
