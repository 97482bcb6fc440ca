// One line to a multivisor server that is only used for links: from the dialling to its end.
import pLimit from 'p-limit';
import * as v from 'valibot';
import type { LinkError } from '../../core/model.ts';
import type { LinkCall, LinkResult, WaitOptions } from '../../core/ports.ts';
import { isModestJson } from '../../core/wire/check-json.ts';
import { decodeServerMessage, encodeClientMessage } from '../../core/wire/codec.ts';
import type { Dial } from '../../core/wire/dial.ts';
import { linkCall } from '../../core/wire/link-schema.ts';
import type { ClientMessage, ServerMessage } from '../../core/wire/messages.ts';
import { LINKS, SETTINGS } from '../../core/wire/messages.ts';
import { LinkFailure } from '../link/link-failure.ts';
import { createAnswers } from './answers.ts';

export type ServerHello = Extract<ServerMessage, { type: 'hello' }>;

export type LineTarget = {
  readonly dial: Dial;
  /** For people. */
  readonly place: string;
  /** As that server calls it. */
  readonly supervisor: string;
  /** From the dialling to the first answer, to a ping, and to a call. */
  readonly limits: { readonly openMs: number; readonly pongMs: number; readonly callMs: number };
};

export type LinkLineOptions = WaitOptions & {
  readonly nextId: () => number;
  /** Whatever is no answer to a call or a ping. */
  readonly onMessage: (message: ServerMessage) => void;
};

export type LinkLine = {
  /** What the server said of itself. */
  readonly hello: ServerHello;
  readonly closed: Promise<LinkFailure>;
  roundTripMs(): number;
  say(message: ClientMessage): void;
  /** Throws LinkFailure. */
  ping(): Promise<void>;
  /** Never throws. */
  call(call: LinkCall, options: WaitOptions): Promise<LinkResult>;
  close(): void;
};

/** No message has it: ids begin at 1. */
const HELLO_ID = 0;
/** It is kept, and told to every viewer. */
const LONGEST_REASON = 500;
/** Fewer than a server has under way for one viewer. */
const CALLS_AT_ONCE = 32;
const SILENT: LinkError = { code: 'timeout', message: 'no answer: is it on, and alive?' };
const UNFIT: LinkResult = { ok: false, code: 'fault', message: 'a name or signal in it is too long, or none' };
const NO_SETTINGS: LinkResult = { ok: false, code: 'fault', message: 'this server does not tell them' };
const NEEDLESS: LinkError = { code: 'closed', message: 'not needed any more' };

/** Throws LinkFailure, or the signal's reason. */
export async function openLinkLine(target: LineTarget, options: LinkLineOptions): Promise<LinkLine> {
  const { dial, place, supervisor, limits } = target;
  const { signal, nextId } = options;
  signal.throwIfAborted();
  const toFailure = ({ code, message }: LinkError) =>
    new LinkFailure(code, `the multivisor server at ${place}: ${message}`);
  const answers = createAnswers(() => toFailure(SILENT));
  const gate = pLimit(CALLS_AT_ONCE);
  let asked = performance.now();
  let roundTripMs = 0;
  const closed = Promise.withResolvers<LinkFailure>();

  const receive = (text: string) => {
    if (!isModestJson(text)) return line.close({ code: 'protocol', message: 'it answers what takes too long to read' });
    const decoded = decodeServerMessage(text);
    if (!decoded.ok) return line.close({ code: 'protocol', message: `it answers nonsense: ${decoded.reason}` });
    const { message } = decoded;
    if (message.type === 'hello') answers.give(HELLO_ID, message);
    else if (message.type === 'pong' || message.type === 'link-result') answers.give(message.id, message);
    else if (message.type === 'error')
      line.close({ code: 'protocol', message: message.message.slice(0, LONGEST_REASON) });
    else options.onMessage(message);
  };
  const line = dial({
    onOpen: () => {
      asked = performance.now();
      say({ type: 'hello', resume: null, only: LINKS });
    },
    onMessage: receive,
    onClose: (error) => {
      signal.removeEventListener('abort', close);
      answers.fail(toFailure(error));
      closed.resolve(toFailure(error));
    },
  });
  const say = (message: ClientMessage) => line.send(encodeClientMessage(message));
  const close = () => line.close(NEEDLESS);
  const ask = async (question: Extract<ClientMessage, { id: number }>, ms: number, waiting: AbortSignal) => {
    const answer = answers.expect(question.id, { ms, signal: waiting });
    say(question);
    return answer;
  };

  signal.addEventListener('abort', close, { once: true });
  try {
    const hello = await answers.expect(HELLO_ID, { ms: limits.openMs, signal });
    if (hello.type !== 'hello') throw new Error('what answers a hello is a hello');
    roundTripMs = performance.now() - asked;
    if (!hello.capabilities.includes(LINKS)) {
      const message = `its version, ${hello.version}, has no supervisors for others: update it`;
      throw toFailure({ code: 'not-supervisor', message });
    }
    return {
      hello,
      closed: closed.promise,
      roundTripMs: () => roundTripMs,
      say,
      ping: async () => {
        const begun = performance.now();
        try {
          await ask({ type: 'ping', id: nextId() }, limits.pongMs, signal);
        } catch (error) {
          // It would not answer a polite goodbye either.
          line.close(SILENT);
          throw error;
        }
        roundTripMs = performance.now() - begun;
      },
      call: (call, wait) =>
        gate(async () => {
          // A server ends the line of whoever says what it cannot understand.
          if (!v.is(linkCall, call)) return UNFIT;
          if (call.op === 'settings' && !hello.capabilities.includes(SETTINGS)) return NO_SETTINGS;
          const id = nextId();
          try {
            const answer = await ask({ type: 'link-call', id, supervisor, call }, limits.callMs, wait.signal);
            if (answer.type === 'link-result') return answer.result;
            throw toFailure({ code: 'protocol', message: 'it answers something else' });
          } catch (error) {
            if (wait.signal.aborted) say({ type: 'cancel', id });
            return toRefusal(error, wait.signal);
          }
        }),
      close,
    };
  } catch (error) {
    line.close(error instanceof LinkFailure && error.code === 'timeout' ? SILENT : NEEDLESS);
    throw error;
  }
}

/** What became of a call that was not answered. */
function toRefusal(error: unknown, signal: AbortSignal): LinkResult {
  if (signal.aborted) return { ok: false, code: 'cancelled', message: 'cancelled; it may have been done' };
  if (!(error instanceof LinkFailure)) throw error;
  const message = `${error.message}; whether it was done is not known`;
  return { ok: false, code: error.code === 'timeout' ? 'timeout' : 'unreachable', message };
}
