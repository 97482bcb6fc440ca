// Who is at the other end of a request, seen through the proxies that are trusted and no others.
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';

export type Client = {
  readonly address: string;
  /** As the client named us: `name:port`; '' when it did not. */
  readonly host: string;
  readonly secure: boolean;
  /** `host` is what a proxy passed on, which anybody may have written: somebody from elsewhere has no business with `localhost`. */
  readonly forwarded: boolean;
};

export type Proxies = { trusts(address: string): boolean };

/** Addresses or networks (`10.0.0.0/8`). Throws for what is neither. */
export function createProxies(trusted: readonly string[]): Proxies {
  const list = new BlockList();
  for (const entry of trusted) {
    const [address = '', bits] = entry.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return { trusts: (address) => isIP(address) > 0 && list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4') };
}

export function toClient(request: IncomingMessage, proxies: Proxies): Client {
  const peer = plain(request.socket.remoteAddress ?? '');
  const direct: Client = {
    address: peer,
    host: request.headers.host ?? '',
    secure: 'encrypted' in request.socket,
    forwarded: false,
  };
  if (!proxies.trusts(peer)) return direct;
  // The rightmost address that is no proxy of ours: what stands left of it anybody may have written.
  const chain = list(request.headers['x-forwarded-for']).map(plain);
  const address = chain.findLast((each) => !proxies.trusts(each)) ?? peer;
  const host = list(request.headers['x-forwarded-host']).at(-1) ?? direct.host;
  const forwarded = request.headers['x-forwarded-host'] !== undefined;
  const proto = list(request.headers['x-forwarded-proto']).at(-1);
  return { address, host, secure: proto === undefined ? direct.secure : proto === 'https', forwarded };
}

function list(header: string | string[] | undefined): string[] {
  const text = Array.isArray(header) ? header.join(',') : (header ?? '');
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** IPv4 as it is written, also when it came in through an IPv6 socket. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/iu, '');
}
