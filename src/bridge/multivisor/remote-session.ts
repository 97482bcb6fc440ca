// A Session over the WebSocket of a multivisor server.
import type { Credentials } from '../../core/config/types.ts';
import type { Clock, Session } from '../../core/ports.ts';
import { createRemoteSessionOver } from '../../core/wire/remote-session.ts';
import { createDial } from './dial.ts';
import { parseRemoteAddress } from './remote-address.ts';

export type RemoteSessionOptions = {
  /** `[user@]host[:22000]`, `http(s)://…` or `ws(s)://…`. */
  readonly url: string;
  readonly token?: string;
  /** Instead of a token; what the URL says is overruled. */
  readonly credentials?: Credentials;
  /** PEM of a certificate authority to trust beside the known ones. */
  readonly ca?: string;
  readonly clock: Clock;
};

/** Connects at once, and again whenever the connection is lost, until closed. Throws only for a malformed address. */
export function createRemoteSession(options: RemoteSessionOptions): Session {
  const { url, name, login } = parseRemoteAddress(options.url);
  const { username, password } = options.credentials ?? login;
  return createRemoteSessionOver({
    dial: createDial(url, { token: options.token, username, password, ca: options.ca }),
    clock: options.clock,
    random: Math.random,
    name,
  });
}
