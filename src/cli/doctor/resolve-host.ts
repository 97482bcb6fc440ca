import { lookup } from 'node:dns/promises';
import { statSync } from 'node:fs';
import { isIP } from 'node:net';
import type { Address } from '../../core/config/types.ts';

export type Resolved = { readonly ok: boolean; readonly message: string };

/** What the name of the host, or the path of the socket, leads to. Never rejects. */
export async function resolveHost(address: Address, timeoutMs: number): Promise<Resolved> {
  if (address.kind === 'unix') return findSocket(address.path);
  const { host } = address;
  if (isIP(host) !== 0) return { ok: true, message: `${host} is an address` };
  // A look-up cannot be called off; its answer is merely not waited for.
  const late = new Promise<Resolved>((resolve) => {
    const message = `${host}: the name server does not answer`;
    setTimeout(() => resolve({ ok: false, message }), timeoutMs).unref();
  });
  const found = lookup(host, { all: true }).then(
    (addresses) => ({ ok: true, message: `${host} is ${addresses.map((each) => each.address).join(', ')}` }),
    (error: unknown) => ({ ok: false, message: `${host}: ${codeOf(error)}` }),
  );
  return Promise.race([found, late]);
}

function findSocket(path: string): Resolved {
  try {
    const isSocket = statSync(path).isSocket();
    return { ok: isSocket, message: isSocket ? `${path} is a socket` : `${path} is not a socket` };
  } catch (error) {
    return { ok: false, message: `${path}: ${codeOf(error)}` };
  }
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  if (code === 'ENOTFOUND') return 'no such host';
  if (code === 'EAI_AGAIN') return 'the name server does not answer';
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES') return 'its folder may not be entered';
  return error instanceof Error ? error.message : String(error);
}
