// What is sent to one viewer: nobody waits for a slow one, and nothing piles up for it.
import type { WebSocket } from 'ws';
import type { UnreadBytes } from '../unread-bytes.ts';

export type OutboxLimits = {
  /** Bytes that are not read yet, with what each message costs, above which state is coalesced and logs are dropped. */
  readonly softBytes: number;
  /** Above which the viewer is sent away. */
  readonly hardBytes: number;
  /** How long it may stay above the soft limit. */
  readonly patienceMs: number;
  /** How long it may take to read that it is sent away; then it is cut off. */
  readonly farewellMs: number;
  /** Over all viewers and requests; above it whoever holds the most is cut off. */
  readonly totalBytes: number;
};

export const OUTBOX_LIMITS: OutboxLimits = {
  softBytes: 1024 * 1024,
  hardBytes: 32 * 1024 * 1024,
  patienceMs: 30_000,
  farewellMs: 30_000,
  totalBytes: 256 * 1024 * 1024,
};

export type Outbox = {
  /** Bytes are the text in UTF-8: what goes to many is held once. */
  send(message: string | Buffer): void;
  isFull(): boolean;
  /** Settles when there is room again, or when the viewer is gone. */
  room(): Promise<void>;
};

export function createOutbox(
  socket: WebSocket,
  {
    limits,
    unread,
    onRoom,
    onTooSlow,
    onCutOff,
  }: {
    readonly limits: OutboxLimits;
    readonly unread: UnreadBytes;
    readonly onRoom: () => void;
    readonly onTooSlow: () => void;
    /** Nothing may be held for it any more. */
    readonly onCutOff: () => void;
  },
): Outbox {
  const reader = unread.open(onCutOff);
  let waiting: (() => void)[] = [];
  let full = false;
  let patience: NodeJS.Timeout | null = null;

  const release = () => {
    const settled = waiting;
    waiting = [];
    settled.forEach((settle) => settle());
  };
  const relax = () => {
    if (patience) clearTimeout(patience);
    patience = null;
    full = false;
  };
  const onSent = () => {
    if (!full || reader.bytes() > limits.softBytes / 4) return;
    relax();
    onRoom();
    release();
  };

  socket.once('close', () => {
    reader.close();
    relax();
    release();
  });

  return {
    send: (message) => {
      if (socket.readyState !== socket.OPEN) return;
      const release = reader.hold(message);
      // It may have been the one too many.
      if (socket.readyState !== socket.OPEN) return;
      socket.send(message, { binary: false }, () => {
        release();
        onSent();
      });
      // Taken over by the system already, of which we hear a moment later.
      if (socket.bufferedAmount === 0) reader.clear();
      if (reader.bytes() > limits.hardBytes) onTooSlow();
      else if (!full && reader.bytes() > limits.softBytes) {
        full = true;
        patience = setTimeout(onTooSlow, limits.patienceMs);
      }
    },
    isFull: () => full,
    room: () =>
      full && socket.readyState === socket.OPEN
        ? new Promise((resolve) => void waiting.push(resolve))
        : Promise.resolve(),
  };
}
