import type { MultivisorConfig } from '../../core/config/types.ts';
import { placeOf } from '../link/link-failure.ts';
import type { LinkOptions } from '../link/link-options.ts';
import { createDial } from './dial.ts';
import type { LineTarget } from './link-line.ts';

/** A command that waits for its first answers, for 5 s, is to be told why there is none. */
const OPEN_MS = 4_000;

/** Where and as whom to dial, and how long to wait. */
export function toTarget(
  { address, credentials, token }: MultivisorConfig,
  { answerMs, keepalive }: Pick<LinkOptions, 'answerMs' | 'keepalive'>,
): LineTarget {
  const place = placeOf(address);
  return {
    dial: createDial(`${address.secure ? 'wss' : 'ws'}://${place}${address.path}/ws`, {
      token,
      ...credentials,
      among: true,
    }),
    place,
    supervisor: address.supervisor,
    limits: {
      openMs: OPEN_MS,
      pongMs: keepalive.answerMs,
      // The server itself waits for its supervisord as long as that.
      callMs: answerMs + keepalive.answerMs,
    },
  };
}
