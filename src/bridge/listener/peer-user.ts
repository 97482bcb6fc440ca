// Whose program is at the other end of a connection within this machine: the kernel knows the user of each socket. A port
// on loopback is open to all of them, where supervisord's own socket behind it may be open to one.
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { isIPv4 } from 'node:net';
import { endianness } from 'node:os';

/** Of a connection that stands. One that is over belongs to nobody, which the table tells as root. */
const ESTABLISHED = '01';

/** 'untold': this system does not tell it; null: there is no such connection within this machine. */
export type PeerUser = number | 'untold' | null;

export function findPeerUser(
  socket: Pick<Socket, 'remoteAddress' | 'remotePort' | 'localAddress' | 'localPort'>,
): PeerUser {
  const { remoteAddress = '', remotePort = 0, localAddress = '', localPort = 0 } = socket;
  const theirs = toForms(remoteAddress, remotePort);
  const ours = toForms(localAddress, localPort);
  let told = false;
  // The kernel walks all of its connections for a table: the other one is only asked for when it must be.
  for (const name of theirs.length > 1 ? ['tcp', 'tcp6'] : ['tcp6']) {
    const table = readTable(name);
    told ||= table !== null;
    const user = table === null ? null : findRow(table, theirs, ours);
    if (user !== null) return user;
  }
  return told ? null : 'untold';
}

function findRow(table: string, theirs: readonly string[], ours: readonly string[]): number | null {
  for (const [form, local] of theirs.entries()) {
    const start = `: ${local} ${ours[form] ?? ''} ${ESTABLISHED} `;
    const at = table.indexOf(start);
    // Its queues, its timer and its retries stand before its user.
    const user =
      at < 0 ? undefined : /^\S+ \S+ \S+ +(\d+) /u.exec(table.slice(at + start.length, at + start.length + 80))?.[1];
    if (user !== undefined) return Number(user);
  }
  return null;
}

function readTable(name: string): string | null {
  try {
    return readFileSync(`/proc/self/net/${name}`, 'latin1');
  } catch {
    // Another system than Linux, or one without IPv6.
    return null;
  }
}

/** As the tables write it; an IPv4 address also as a socket of IPv6 has it. */
function toForms(address: string, port: number): readonly string[] {
  const end = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const plain = address.replace(/^::ffff:(?=\d+\.)/iu, '');
  if (!isIPv4(plain)) return [toWords(expandIpv6(plain)) + end];
  const bytes = plain.split('.').map(Number);
  const mapped = [...Array.from({ length: 10 }, () => 0), 255, 255, ...bytes];
  return [toWords(bytes) + end, toWords(mapped) + end];
}

function expandIpv6(address: string): readonly number[] {
  const [head = '', tail] = address.replace(/%.*$/su, '').split('::');
  const [before, after] = [toGroups(head), toGroups(tail ?? '')];
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => 0);
  return [...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 255]);
}

function toGroups(text: string): readonly number[] {
  return text === '' ? [] : text.split(':').map((group) => parseInt(group, 16));
}

/** Four bytes at a time, as the number that they are to this machine. */
function toWords(bytes: readonly number[]): string {
  const words: string[] = [];
  for (let at = 0; at < bytes.length; at += 4) {
    const word = bytes.slice(at, at + 4).map((byte) => byte.toString(16).toUpperCase().padStart(2, '0'));
    words.push((endianness() === 'LE' ? word.toReversed() : word).join(''));
  }
  return words.join('');
}
