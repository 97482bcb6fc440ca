// What fast-check makes up: texts of all kinds of badness, and sound messages of which some part is something else.
import type { Arbitrary } from 'fast-check';
import { array, constantFrom, dictionary, integer, jsonValue, oneof, option, record, string, tuple } from 'fast-check';
import { createMutator } from '../helpers/mutate.ts';
import { BADNESSES } from './badness.ts';

const PIECES = BADNESSES.flatMap(({ texts }) => texts.filter((each) => each.length < 100));
const TAGS = [
  '<methodResponse>',
  '<params>',
  '<param>',
  '<value>',
  '<struct>',
  '<member>',
  '<name>',
  '<string>',
  '<array>',
  '<data>',
  '<fault>',
  '<int>',
];
const piece = oneof(
  string({ unit: 'binary', maxLength: 20 }),
  constantFrom(...PIECES, ...TAGS, ...TAGS.map((tag) => tag.replace('<', '</'))),
  tuple(constantFrom(...PIECES, ...TAGS), integer({ min: 1, max: 200 })).map(([unit, times]) => unit.repeat(times)),
);

export const text: Arbitrary<string> = tuple(piece, piece, piece, piece, piece).map((pieces) => pieces.join(''));

const odd = constantFrom<unknown>(null, -1, 0, 0.5, 2 ** 53, 1e308, '', '__proto__', 'constructor', [], {}, true);
const value: Arbitrary<unknown> = oneof(odd, text, jsonValue({ maxDepth: 3 }), integer());

type Spoiling = { readonly at: number; readonly to: unknown };
/** `to` undefined: it is taken away. */
const spoilings = array(record({ at: integer({ min: 0, max: 999 }), to: option(value, { nil: undefined }) }), {
  maxLength: 3,
});

/** One of these, of which up to three parts are anything else. */
export function spoiled(sound: readonly unknown[]): Arbitrary<unknown> {
  return tuple(constantFrom(...sound), spoilings).map(([example, all]) => all.reduce<unknown>(spoil, example));
}

function spoil(example: unknown, { at, to }: Spoiling): unknown {
  return spoilAt(example, { at: at % countParts(example), to });
}

function countParts(part: unknown): number {
  return typeof part === 'object' && part !== null
    ? Object.values(part).reduce((sum: number, inner) => sum + countParts(inner), 1)
    : 1;
}

/** The part that comes so late in a walk from the outside in. */
function spoilAt(part: unknown, { at, to }: Spoiling): unknown {
  if (at === 0 || typeof part !== 'object' || part === null) return to;
  let left = at - 1;
  const entries = Object.entries(part).map(([key, inner]): [string, unknown] => {
    const size = countParts(inner);
    const here = left >= 0 && left < size;
    const entry: [string, unknown] = [key, here ? spoilAt(inner, { at: left, to }) : inner];
    left -= size;
    return entry;
  });
  return Array.isArray(part) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
}

/** Bytes that were sound before something happened to them, or still are. */
export function mutated(sound: Buffer): Arbitrary<Buffer> {
  return option(integer({ min: 1, max: 2 ** 31 - 1 })).map((seed) =>
    seed === null ? sound : createMutator(seed)(sound),
  );
}

const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'PATCH', 'CONNECT', 'get', ''];
const HEADERS = [
  'Content-Type',
  'Content-Length',
  'Transfer-Encoding',
  'Authorization',
  'Cookie',
  'Origin',
  'Accept',
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'Range',
  'Expect',
  'Upgrade',
  'Last-Event-ID',
];
const VALUES = [
  'application/json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'chunked',
  '0',
  '5',
  '99999999999',
  'Basic Og==',
  'Bearer x',
  'text/event-stream',
  'websocket',
  '100-continue',
  'http://evil.example',
];

/** Anything that looks like a request to one of these paths. */
export function request(paths: readonly string[], bodies: Arbitrary<unknown>): Arbitrary<Buffer> {
  const path = tuple(constantFrom(...paths), option(text), dictionary(text, text, { maxKeys: 2 })).map(
    ([base, more, query]) => {
      const asked = new URLSearchParams(
        Object.entries(query).map(([key, said]): [string, string] => [key.toWellFormed(), said.toWellFormed()]),
      );
      return `${base}${more === null ? '' : encodeURIComponent(more.toWellFormed())}?${asked.toString()}`;
    },
  );
  const oneLine = text.map((each) => each.replaceAll(/[\r\n]/gu, ' '));
  const header = tuple(constantFrom(...HEADERS), oneof(constantFrom(...VALUES), oneLine));
  const body = oneof(
    bodies.map((said) => JSON.stringify(said) ?? ''),
    text,
    constantFrom('', '--x\r\nContent-Disposition: form-data; name="uid"\r\n\r\na:g:x\r\n--x--\r\n'),
  );
  return tuple(constantFrom(...METHODS), path, array(header, { maxLength: 4 }), body).map(
    ([method, asked, headers, said]) => {
      const length = headers.some(([name]) => name === 'Content-Length')
        ? ''
        : `Content-Length: ${Buffer.byteLength(said)}\r\n`;
      const lines = headers.map(([name, held]) => `${name}: ${held}\r\n`).join('');
      return Buffer.from(
        `${method} ${asked} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${lines}${length}\r\n${said}`,
      );
    },
  );
}
