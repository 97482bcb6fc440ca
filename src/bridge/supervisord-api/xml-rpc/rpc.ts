import { LinkFailure, placeOf } from '../../link/link-failure.ts';
import { inSlices } from '../../link/slices.ts';
import { encodePlainCall, scanPlainAnswer } from './fast-codec.ts';
import { FAULT } from './faults.ts';
import { toOwnFault } from './go-dialect.ts';
import { decodeSlices, encodeAnyCall } from './general-codec.ts';
import type { PostOptions, TimedAnswer, Transport } from '../http/transport.ts';
import { isStale } from '../http/transport.ts';

/** supervisord understood the call and refused it. */
export class RpcFault extends Error {
  readonly faultCode: number;

  constructor(faultCode: number, faultString: string) {
    super(faultString);
    this.name = 'RpcFault';
    this.faultCode = faultCode;
  }
}

export type RpcCallOptions = PostOptions & { readonly params?: readonly unknown[] };

export type Rpc = {
  /** Reads: over a kept connection where there is one, and once more when that one was stale. Undecoded. */
  read(method: string, options: RpcCallOptions): Promise<TimedAnswer>;
  /** The same, decoded. Throws RpcFault or LinkFailure. */
  ask(method: string, options: RpcCallOptions): Promise<unknown>;
  /** Commands: sent once, whatever happens. */
  command(method: string, options: RpcCallOptions): Promise<unknown>;
};

export function createRpc(transport: Transport): Rpc {
  const decoded = async (reply: Promise<TimedAnswer>) => {
    const { text } = await reply;
    return (await inSlices(scanPlainAnswer(text))) ?? decodeAnswer(text, placeOf(transport.address));
  };
  const read: Rpc['read'] = async (method, { params = [], ...options }) => {
    const body = encodePlainCall(method, params) ?? encodeCall(method, params);
    try {
      return await transport.post(body, options);
    } catch (error) {
      if (!isStale(error) || options.signal.aborted) throw error;
      return transport.post(body, { ...options, fresh: true });
    }
  };
  return {
    read,
    ask: (method, options) => decoded(read(method, options)),
    command: async (method, { params = [], ...options }) =>
      decoded(transport.post(encodeCall(method, params), { ...options, fresh: true })),
  };
}

/** Throws an RpcFault for what XML cannot carry: it is refused here instead of there. */
function encodeCall(method: string, params: readonly unknown[]): string {
  const body = encodeAnyCall(method, params);
  if (body === null) throw new RpcFault(FAULT.UNSAYABLE, '');
  return body;
}

/** The value of a method response; throws RpcFault for a fault, LinkFailure for anything else. `place`: for the message. */
export async function decodeAnswer(xml: string, place: string): Promise<unknown> {
  const decoded = await inSlices(decodeSlices(xml));
  if (decoded.ok) return decoded.value;
  throw toFault(decoded.error) ?? notXmlRpc(xml, { place, why: decoded.why, cause: decoded.error });
}

function toFault(error: unknown): RpcFault | null {
  if (!(error instanceof Error) || !('faultCode' in error)) return null;
  const { faultCode } = error;
  const words = 'faultString' in error && typeof error.faultString === 'string' ? error.faultString : '';
  if (typeof faultCode !== 'number') return null;
  const own = toOwnFault(faultCode, words);
  return new RpcFault(own.code, own.text);
}

type Garbage = { readonly place: string; readonly why: string; readonly cause: unknown };

function notXmlRpc(text: string, { place, why, cause }: Garbage): LinkFailure {
  return text.includes('<methodResponse')
    ? new LinkFailure('protocol', `${place} sent an answer that is not valid XML-RPC: ${why}`, { cause })
    : new LinkFailure('not-supervisor', `${place} does not speak XML-RPC: check the port and the path`, { cause });
}
