import type { RemoteAddress } from '../../bridge/multivisor/remote-address.ts';
import { parseRemoteAddress } from '../../bridge/multivisor/remote-address.ts';
import type { Io } from './io.ts';
import { askSecret } from './ask-secret.ts';

/** `--remote user@host` at a terminal: asks once, for this command and whatever it runs. */
export async function askPassword(io: Io, remote: string): Promise<Io> {
  const known = io.env['MULTIVISOR_PASSWORD'] ?? io.env['MULTIVISOR_TOKEN'];
  const address = io.interactive && known === undefined ? addressOf(remote) : null;
  if (address?.login.username === undefined || address.login.password !== undefined) return io;
  const password = await askSecret(io, `password of ${address.login.username} at ${address.name}: `);
  return password === '' ? io : { ...io, env: { ...io.env, MULTIVISOR_PASSWORD: password } };
}

function addressOf(remote: string): RemoteAddress | null {
  try {
    return parseRemoteAddress(remote);
  } catch {
    // The command says what is wrong with it.
    return null;
  }
}
