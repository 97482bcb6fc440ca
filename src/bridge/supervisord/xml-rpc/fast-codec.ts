// The few forms of XML-RPC that are read and written all the time, by hand: what supervisord and its kin write, and calls
// that name a process. Everything else (comments, CDATA, other types, faults) is left to the general codec, which takes
// ten times as long and is what the tests compare with.

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

const ANSWER = /^\s*(?:<\?xml[^>]*\?>)?\s*<methodResponse>\s*<params>\s*<param>\s*<value>/u;
const LIST = /\s*<array>\s*<data>\s*/uy;
const ITEM = /\s*<value>/uy;
const LIST_END = /\s*<\/data>\s*<\/array>\s*<\/value>/uy;
const ANSWER_END = /\s*<\/param>\s*<\/params>\s*<\/methodResponse>\s*$/uy;

/** One scalar, or a flat list of them; undefined for every other answer. */
export function scanPlainAnswer(xml: string): Scalar | readonly Scalar[] | undefined {
  const start = ANSWER.exec(xml)?.[0].length;
  if (start === undefined) return undefined;
  const listStart = match(LIST, xml, start);
  const found = listStart === null ? scanScalar(xml, start) : scanList(xml, listStart);
  return found !== null && match(ANSWER_END, xml, found.end) !== null ? found.value : undefined;
}

type Found<Value> = { readonly value: Value; readonly end: number };

function scanList(xml: string, from: number): Found<readonly Scalar[]> | null {
  const value: Scalar[] = [];
  let at = from;
  for (;;) {
    const item = match(ITEM, xml, at);
    if (item === null) break;
    const found = scanScalar(xml, item);
    if (found === null) return null;
    value.push(found.value);
    at = found.end;
  }
  const end = match(LIST_END, xml, at);
  return end === null ? null : { value, end };
}

/** Where what a sticky pattern finds at `from` ends; null when it is not there. */
function match(pattern: RegExp, xml: string, from: number): number | null {
  pattern.lastIndex = from;
  return pattern.test(xml) ? pattern.lastIndex : null;
}

const VALUE_END = '</value>';
const STRING = '<string>';
const BOOLEAN = '<boolean>';

/** Behind `<value>`; `end` is behind `</value>`. Null for whatever is no text, integer or boolean with its type. */
export function scanScalar(xml: string, start: number): Found<Scalar> | null {
  if (xml.startsWith(STRING, start)) {
    const close = xml.indexOf('<', start + STRING.length);
    if (!xml.startsWith('</string></value>', close)) return null;
    const value = decodeEntities(copyOf(xml.slice(start + STRING.length, close)));
    return { value, end: close + '</string></value>'.length };
  }
  const isBoolean = xml.startsWith(BOOLEAN, start);
  const length = isBoolean
    ? BOOLEAN.length
    : xml.startsWith('<int>', start)
      ? 5
      : xml.startsWith('<i4>', start)
        ? 4
        : 0;
  const close = xml.indexOf('</', start + length);
  if (length === 0 || close < 0) return null;
  const text = xml.slice(start + length, close);
  const end = close + 1 + length;
  if (!xml.startsWith(VALUE_END, end) || !(isBoolean ? /^[01]$/u : /^-?\d+$/u).test(text)) return null;
  return { value: isBoolean ? text === '1' : Number(text), end: end + VALUE_END.length };
}

/** A slice of a text keeps the whole of it in memory, for as long as a process is known: 27 MB over 10,000 of them. */
function copyOf(slice: string): string {
  return slice.length < SHORTEST_SLICE ? slice : Buffer.from(slice).toString();
}

/** V8 copies shorter ones anyway. */
const SHORTEST_SLICE = 13;

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(#x[\da-f]{1,6}|#\d{1,7}|lt|gt|amp|quot|apos);/gi, (whole, entity: string) => {
    if (!entity.startsWith('#')) return ENTITIES[entity] ?? whole;
    const hex = entity[1] === 'x' || entity[1] === 'X';
    const code = hex ? Number.parseInt(entity.slice(2), 16) : Number(entity.slice(1));
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
