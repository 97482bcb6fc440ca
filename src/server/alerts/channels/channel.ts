// One way to tell somebody. What it answers is shown to people, and holds no secret of ours.
import type { AlertMessage } from '../../../core/alerts/message.ts';
import type { WaitOptions } from '../../../core/ports.ts';

export type Answer =
  | { readonly ok: true; readonly said: string }
  | {
      readonly ok: false;
      readonly said: string;
      /** This message will never be taken: it is not tried again. */
      readonly refused: boolean;
      /** The other side asks for so much time. */
      readonly retryAfterMs?: number;
    };

export type Channel = {
  /** Settles with what the other side answered; never rejects. */
  send(message: AlertMessage, options: WaitOptions): Promise<Answer>;
};
