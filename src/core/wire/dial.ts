// What a remote session or link asks of the world: a line to a server, over whatever carries text both ways.
import type { LinkError } from '../model.ts';

export type LineHandlers = {
  onOpen(): void;
  onMessage(text: string): void;
  /** Once, and last; also when it never opened. */
  onClose(error: LinkError): void;
};

export type Line = {
  /** What cannot be sent any more is dropped: `onClose` tells. */
  send(text: string): void;
  /** `onClose` is called with this error, at once. */
  close(error: LinkError): void;
};

export type Dial = (handlers: LineHandlers) => Line;

/** Trying again at once cannot help against a refused login, and enough of it locks its owner out. */
const REFUSED_RETRY_MS = 10_000;

/** How long to wait at least before dialling again. */
export function leastRetryMs({ code }: Pick<LinkError, 'code'>): number {
  return code === 'unauthorized' || code === 'forbidden' ? REFUSED_RETRY_MS : 0;
}
