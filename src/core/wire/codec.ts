// Both ends import this: messages to text and back.
import * as v from 'valibot';
import type { DeepReadonly } from '../deep-readonly.ts';
import type { Snapshot } from '../model.ts';
import type { ClientMessage, ServerMessage } from './messages.ts';
import { clientMessage, serverMessage } from './messages.ts';
import { toWireSnapshot } from './model-schema.ts';

export type DecodedMessage<T> =
  { readonly ok: true; readonly message: T } | { readonly ok: false; readonly reason: string };

export function encodeClientMessage(message: DeepReadonly<ClientMessage>): string {
  return JSON.stringify(message);
}

/** A snapshot has its own function: its maps become lists. */
export function encodeServerMessage(message: DeepReadonly<Exclude<ServerMessage, { type: 'snapshot' }>>): string {
  return JSON.stringify(message);
}

export function encodeSnapshot(snapshot: Snapshot): string {
  return JSON.stringify({ type: 'snapshot', snapshot: toWireSnapshot(snapshot) });
}

export function decodeClientMessage(text: string): DecodedMessage<ClientMessage> {
  return decode(clientMessage, text);
}

export function decodeServerMessage(text: string): DecodedMessage<ServerMessage> {
  return decode(serverMessage, text);
}

function decode<T>(schema: v.GenericSchema<unknown, T>, text: string): DecodedMessage<T> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, reason: 'not JSON' };
  }
  const result = v.safeParse(schema, json, { abortEarly: true });
  if (result.success) return { ok: true, message: result.output };
  // The path says where; the value itself might be a secret.
  const [issue] = result.issues;
  return { ok: false, reason: `${v.getDotPath(issue) ?? 'message'}: ${issue.type} expected ${issue.expected ?? ''}` };
}
