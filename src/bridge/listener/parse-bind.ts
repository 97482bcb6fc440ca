import { isIP } from 'node:net';

export type Bind = { readonly host: string; readonly port: number; readonly loopback: boolean };

const DEFAULT_PORT = 9002;

/** `[host]:port`, each optional; an IPv6 address stands in brackets, `*` means every address. Null when it is neither. */
export function parseBind(text: string): Bind | null {
  const [, six, plain = '', portText] = /^(?:\[([\da-fA-F:.]+)\]|([^:[\]\s]*))(?::(\d{1,5}))?$/u.exec(text) ?? [];
  if (six === undefined && plain === '' && text !== '' && portText === undefined) return null;
  if (six !== undefined && isIP(six) !== 6) return null;
  const port = portText === undefined ? DEFAULT_PORT : Number(portText);
  if (port < 1 || port > 65_535) return null;
  // Nothing at all is the cautious default; `:9002` asks for every address, as in the original.
  const host = six ?? (plain === '*' || (plain === '' && text !== '') ? '0.0.0.0' : plain || '127.0.0.1');
  return { host, port, loopback: host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/u.test(host) };
}
