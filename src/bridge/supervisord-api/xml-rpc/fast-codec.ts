// The few forms of XML-RPC that are read and written all the time, by hand: what supervisord and its kin write, and calls
// that name a process. Everything else (comments, CDATA, other types, faults) is left to the general codec, which takes
// ten times as long and is what the tests compare with.

import type { Slices } from '../../link/slices.ts';
import { isCharacter } from './check-xml.ts';

export type Scalar = string | number | boolean;

/** A call with flat parameters; null: only the general codec can write it. */
export function encodePlainCall(method: string, params: readonly unknown[]): string | null {
  let values = '';
  for (const param of params) {
    const value = encodeScalar(param);
    if (value === null) return null;
    values += `<param><value>${value}</value></param>`;
  }
  return `<?xml version="1.0"?><methodCall><methodName>${method}</methodName><params>${values}</params></methodCall>`;
}

const MOST_INT = 2 ** 31 - 1;

function encodeScalar(value: unknown): string | null {
  if (typeof value === 'number') {
    return Number.isInteger(value) && Math.abs(value) <= MOST_INT ? `<int>${value}</int>` : null;
  }
  // Characters that XML has no place for, and those beyond the first plane.
  if (typeof value !== 'string' || /[^\t\n\u{20}-\u{d7ff}\u{e000}-\u{fffd}]/u.test(value)) return null;
  return `<string>${value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')}</string>`;
}

/** Longer ones are left to the general codec, which is fed in slices. */
const MOST_ITEMS = 1_000;

/** One scalar, or a flat list of them; undefined for every other answer. The end of a log is one of 16 MB. */
export function* scanPlainAnswer(xml: string): Slices<Scalar | readonly Scalar[] | undefined> {
  const start = answerStart(xml);
  const value = start === null ? null : expect(xml, start, ['<value>']);
  if (value === null) return undefined;
  const listStart = expect(xml, value, ['<array>', '<data>']);
  const found = listStart === null ? findScalar(xml, value) : findList(xml, listStart);
  if (found === null || !isAnswerEnd(xml, found.end)) return undefined;
  if (isFound(found)) return (yield* decode(found)) ?? undefined;
  const values: Scalar[] = [];
  for (const item of found.items) {
    const decoded = yield* decode(item);
    if (decoded === null) return undefined;
    values.push(decoded);
  }
  return values;
}

/** Behind `<param>`, before the value; null for what is no answer, or a fault. */
export function answerStart(xml: string): number | null {
  let at = skipSpace(xml, 0);
  if (xml.startsWith('<?xml', at)) {
    const end = xml.slice(at, at + LONGEST_PROLOGUE).indexOf('?>');
    if (end < 0) return null;
    at += end + 2;
  }
  return expect(xml, at, ['<methodResponse>', '<params>', '<param>']);
}

const LONGEST_PROLOGUE = 200;

/** Nothing follows the value but what closes the answer. */
export function isAnswerEnd(xml: string, from: number): boolean {
  const end = expect(xml, from, ['</param>', '</params>', '</methodResponse>']);
  return end !== null && skipSpace(xml, end) === xml.length;
}

/** Behind these, each of which may have white space before it; null when they are not there. */
export function expect(xml: string, from: number, tags: readonly string[]): number | null {
  let at = from;
  for (const tag of tags) {
    at = skipSpace(xml, at);
    if (!xml.startsWith(tag, at)) return null;
    at += tag.length;
  }
  return at;
}

/** More of it in one place is none of supervisord's: the answer is left to who reads it in slices. */
const LONGEST_SPACE = 1_000;

function skipSpace(xml: string, from: number): number {
  let at = from;
  for (let code = xml.charCodeAt(at); code === 0x20 || (code >= 0x09 && code <= 0x0d); code = xml.charCodeAt(at)) {
    if (at - from === LONGEST_SPACE) break;
    at += 1;
  }
  return at;
}

/** `encoded`: the text of a string, of which the references are still to be decoded. */
type Found = { readonly value: Scalar; readonly encoded: boolean; readonly end: number };
type FoundList = { readonly items: readonly Found[]; readonly end: number };

function isFound(found: Found | FoundList): found is Found {
  return 'value' in found;
}

function findList(xml: string, from: number): FoundList | null {
  const items: Found[] = [];
  let at = from;
  while (items.length <= MOST_ITEMS) {
    const item = expect(xml, at, ['<value>']);
    if (item === null) {
      const end = expect(xml, at, ['</data>', '</array>', '</value>']);
      return end === null ? null : { items, end };
    }
    const found = findScalar(xml, item);
    if (found === null) return null;
    items.push(found);
    at = found.end;
  }
  return null;
}

const VALUE_END = '</value>';
const STRING = '<string>';
const BOOLEAN = '<boolean>';

/** Of a field; what is longer and has references is left to who reads it in slices. */
const LONGEST_FIELD = 32 * 1024;

/** Behind `<value>`; `end` is behind `</value>`. Null for whatever is no text, integer or boolean with its type. */
export function scanScalar(xml: string, start: number): { readonly value: Scalar; readonly end: number } | null {
  const found = findScalar(xml, start);
  if (found === null || !found.encoded) return found;
  const text = String(found.value);
  const value = text.length > LONGEST_FIELD ? null : decodeReferences(text);
  return value === null ? null : { value, end: found.end };
}

function findScalar(xml: string, start: number): Found | null {
  if (xml.startsWith(STRING, start)) {
    const close = xml.indexOf('<', start + STRING.length);
    if (!xml.startsWith('</string></value>', close)) return null;
    const value = copyOf(xml.slice(start + STRING.length, close));
    return { value, encoded: value.includes('&'), end: close + '</string></value>'.length };
  }
  const isBoolean = xml.startsWith(BOOLEAN, start);
  const length = isBoolean
    ? BOOLEAN.length
    : xml.startsWith('<int>', start)
      ? 5
      : xml.startsWith('<i4>', start)
        ? 4
        : 0;
  // Looked for where a number may be, and not to the end of the answer.
  const close = start + length + xml.slice(start + length, start + length + LONGEST_NUMBER).indexOf('</');
  if (length === 0 || close < start + length) return null;
  const text = xml.slice(start + length, close);
  const end = close + 1 + length;
  if (!xml.startsWith(VALUE_END, end) || !(isBoolean ? /^[01]$/u : /^-?\d+$/u).test(text)) return null;
  return { value: isBoolean ? text === '1' : Number(text), encoded: false, end: end + VALUE_END.length };
}

/** And the tag behind it. */
const LONGEST_NUMBER = 24;

/** A slice of a text keeps the whole of it in memory, for as long as a process is known: 27 MB over 10,000 of them. */
function copyOf(slice: string): string {
  return slice.length < SHORTEST_SLICE ? slice : Buffer.from(slice).toString();
}

/** V8 copies shorter ones anyway. */
const SHORTEST_SLICE = 13;

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** Decoded at once; `&#x0010ffff;` is not cut where the next part begins. */
const PART = 32 * 1024;
const LONGEST_REFERENCE = 12;

function* decode({ value, encoded }: Found): Slices<Scalar | null> {
  if (!encoded || typeof value !== 'string') return value;
  const parts: string[] = [];
  for (let from = 0; from < value.length;) {
    const part = value.slice(from, from + PART);
    const reference = part.lastIndexOf('&');
    const mayBeCut = part.length === PART && reference > PART - LONGEST_REFERENCE;
    const decoded = decodeReferences(mayBeCut ? part.slice(0, reference) : part);
    if (decoded === null) return null;
    parts.push(decoded);
    from += mayBeCut ? reference : part.length;
    yield;
  }
  return parts.join('');
}

/** Null when one refers to what is no character. */
function decodeReferences(text: string): string | null {
  if (!text.includes('&')) return text;
  let sound = true;
  const decoded = text.replace(/&(#x[\da-f]{1,8}|#\d{1,8}|#|lt|gt|amp|quot|apos);?/gi, (whole, entity: string) => {
    if (!entity.startsWith('#')) return whole.endsWith(';') ? (ENTITIES[entity] ?? whole) : whole;
    const hex = entity[1] === 'x' || entity[1] === 'X';
    const code = hex ? Number.parseInt(entity.slice(2), 16) : Number(entity.slice(1));
    sound &&= whole.endsWith(';') && isCharacter(code);
    return sound ? String.fromCodePoint(code) : whole;
  });
  return sound ? decoded : null;
}
