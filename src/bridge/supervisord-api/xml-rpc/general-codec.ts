// Any answer and any call of XML-RPC, by the `xmlrpc` package: for what the fast codec leaves. Nothing comes to it
// unchecked, it is fed in slices, and whatever it throws is caught where it is fed.
import Deserializer from 'xmlrpc/lib/deserializer.js';
import { serializeMethodCall } from 'xmlrpc/lib/serializer.js';
import { isSayable } from '../../../core/sayable.ts';
import type { Slices } from '../../link/slices.ts';
import { findXmlFault } from './check-xml.ts';
import { joinParams } from './go-dialect.ts';

/** supervisord answers plainly; what needs this is a fault or a few fields. */
const MOST_CHARACTERS = 4 * 1024 * 1024;
const SLICE_CHARACTERS = 4 * 1024;

export type DecodedXml =
  | { readonly ok: true; readonly value: unknown }
  /** `error`: what the codec made of it, a fault among others; null when it was not let near it. */
  | { readonly ok: false; readonly why: string; readonly error: unknown };

export function* decodeSlices(answer: string): Slices<DecodedXml> {
  const xml = joinParams(answer);
  if (xml.length > MOST_CHARACTERS) {
    return { ok: false, why: `more than ${MOST_CHARACTERS} characters in a form that is slow to read`, error: null };
  }
  const why = yield* findXmlFault(xml);
  if (why !== null) return { ok: false, why, error: null };
  const results: DecodedXml[] = [];
  try {
    const parser = startParser((error, value) =>
      results.push(error ? { ok: false, why: 'its values make no sense', error } : { ok: true, value }),
    );
    for (let at = 0; at < xml.length && results.length === 0; at += SLICE_CHARACTERS) {
      parser.write(xml.slice(at, at + SLICE_CHARACTERS));
      yield;
    }
    if (results.length === 0) parser.end();
  } catch (error) {
    return { ok: false, why: 'its values make no sense', error };
  }
  return results[0] ?? { ok: false, why: 'it holds no answer', error: null };
}

type Parser = { write(text: string): unknown; end(): void };

/** The package reads from a stream, in whose handlers an exception would be nobody's. */
function startParser(onEnd: (error: unknown, value?: unknown) => void): Parser {
  const pipes: Parser[] = [];
  const source = { setEncoding: () => {}, on: () => {}, pipe: (parser: Parser) => pipes.push(parser) };
  new Deserializer().deserializeMethodResponse(source, onEnd);
  const [parser] = pipes;
  if (!parser) throw new Error('the codec took no stream');
  return parser;
}

/** Null for what XML cannot carry. */
export function encodeAnyCall(method: string, params: readonly unknown[]): string | null {
  return params.every(isCarried) ? serializeMethodCall(method, params) : null;
}

function isCarried(value: unknown): boolean {
  if (typeof value === 'string') return isSayable(value);
  if (Array.isArray(value)) return value.every(isCarried);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, item]) => isSayable(name) && isCarried(item));
}
