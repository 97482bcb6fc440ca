// The general codec throws out of its stream for some texts and takes ten seconds for others. It sees nothing that this
// has not first found to be plain: known elements, each closed in its turn, references to characters that exist, and a
// bounded depth and number of them.
import type { Slices } from '../../link/slices.ts';

/** What XML-RPC knows, but for two types that no supervisord answers with. */
const KNOWN = new Set([
  'methodResponse',
  'params',
  'param',
  'fault',
  'value',
  'array',
  'data',
  'struct',
  'member',
  'name',
  'string',
  'int',
  'i4',
  'i8',
  'boolean',
  'double',
  'nil',
]);
const LONGEST_TAG = '</methodResponse >'.length;
const DEEPEST = 64;
const MOST_ELEMENTS = 200_000;
const ELEMENTS_PER_SLICE = 500;

/** Why it cannot be read, in words; null when it can. One walk, whatever it holds. */
export function* findXmlFault(xml: string): Slices<string | null> {
  const open: string[] = [];
  let elements = 0;
  let at = 0;
  let reference = indexOf(xml, '&', 0);
  while (at < xml.length) {
    const tag = indexOf(xml, '<', at);
    for (; reference < tag; reference = indexOf(xml, '&', reference + 1)) {
      if (!isSoundReference(xml, reference)) return 'a reference to a character that does not exist';
    }
    // The codec takes its time for each character that stands outside.
    if (open.length === 0 && /\S/u.test(xml.slice(at, tag))) return 'text outside of its elements';
    if (tag === Infinity) break;
    const aside = endOfAside(xml, tag);
    if (aside !== null) {
      if (aside === Infinity) return 'it is cut off';
      // What stands in it is no reference.
      if (reference < aside) reference = indexOf(xml, '&', aside);
      at = aside;
      continue;
    }
    const end = indexOf(xml, '>', tag);
    if (end === Infinity) return 'it is cut off';
    const text = end - tag > LONGEST_TAG ? '' : xml.slice(tag + 1, end);
    const [, closes, name = '', empty] = /^(\/?)([\w.]+)\s*(\/?)$/u.exec(text) ?? [];
    if (!KNOWN.has(name) || (closes && empty)) return 'elements that are none of XML-RPC';
    if (open.length === 0 && (name !== 'methodResponse' || elements > 0)) return 'it is no answer of XML-RPC';
    if (closes) {
      if (open.pop() !== name) return 'elements that are not closed in their turn';
    } else if (!empty) open.push(name);
    elements += 1;
    if (open.length > DEEPEST) return `more than ${DEEPEST} elements in one another`;
    if (elements > MOST_ELEMENTS) return `more than ${MOST_ELEMENTS} elements`;
    at = end + 1;
    if (elements % ELEMENTS_PER_SLICE === 0) yield;
  }
  return open.length === 0 && elements > 0 ? null : 'it is cut off';
}

function indexOf(xml: string, text: string, from: number): number {
  const found = xml.indexOf(text, from);
  return found < 0 ? Infinity : found;
}

/** Behind a comment, a CDATA section or an instruction, Infinity when it does not end; null for everything else. */
function endOfAside(xml: string, at: number): number | null {
  const [begin, end] =
    [
      ['<!--', '-->'],
      ['<![CDATA[', ']]>'],
      ['<?', '?>'],
    ].find(([text = '']) => xml.startsWith(text, at)) ?? [];
  if (begin === undefined || end === undefined) return null;
  return indexOf(xml, end, at + begin.length) + end.length;
}

const NUMBER = /&#(?:x([\da-f]{1,8})|(\d{1,8}));/iuy;

function isSoundReference(xml: string, at: number): boolean {
  // By a name: whatever is unknown stays as it is.
  if (xml[at + 1] !== '#') return true;
  NUMBER.lastIndex = at;
  const [, hex, decimal = ''] = NUMBER.exec(xml) ?? [];
  return isCharacter(hex === undefined ? Number.parseInt(decimal, 10) : Number.parseInt(hex, 16));
}

/** Half of a pair is none; control characters, which XML does not know either, do no harm and are let through. */
export function isCharacter(code: number): boolean {
  return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
}
