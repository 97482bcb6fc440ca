import { Readable } from 'node:stream';
import Deserializer from 'xmlrpc/lib/deserializer.js';
import { serializeMethodCall } from 'xmlrpc/lib/serializer.js';
import { LinkFailure, placeOf } from '../../link/link-failure.ts';
import { encodePlainCall, scanPlainAnswer } from './fast-codec.ts';
import type { PostOptions, Reply, Transport } from '../http/transport.ts';
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

export type CallOptions = PostOptions & { readonly params?: readonly unknown[] };

export type Rpc = {
  /** Reads: over a kept connection where there is one, and once more when that one was stale. Undecoded. */
  read(method: string, options: CallOptions): Promise<Reply>;
  /** The same, decoded. Throws RpcFault or LinkFailure. */
  ask(method: string, options: CallOptions): Promise<unknown>;
  /** Commands: sent once, whatever happens. */
  command(method: string, options: CallOptions): Promise<unknown>;
};

export function createRpc(transport: Transport): Rpc {
  const decoded = async (reply: Promise<Reply>) => {
    const { text } = await reply;
    return scanPlainAnswer(text) ?? decodeAnswer(text, placeOf(transport.address));
  };
  const read: Rpc['read'] = async (method, { params = [], ...options }) => {
    const body = encodePlainCall(method, params) ?? serializeMethodCall(method, params);
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
      decoded(transport.post(serializeMethodCall(method, params), { ...options, fresh: true })),
  };
}

/** The value of a method response; throws RpcFault for a fault, LinkFailure for anything else. `place`: for the message. */
export function decodeAnswer(xml: string, place: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    new Deserializer().deserializeMethodResponse(Readable.from([xml]), (error, value) => {
      if (!error) resolve(value);
      else reject(toFault(error) ?? notXmlRpc(xml, { place, cause: error }));
    });
  });
}

function toFault(error: unknown): RpcFault | null {
  if (!(error instanceof Error) || !('faultCode' in error)) return null;
  const { faultCode } = error;
  const words = 'faultString' in error && typeof error.faultString === 'string' ? error.faultString : '';
  return typeof faultCode === 'number' ? new RpcFault(faultCode, words) : null;
}

function notXmlRpc(text: string, { place, cause }: { readonly place: string; readonly cause: unknown }): LinkFailure {
  return text.includes('<methodResponse')
    ? new LinkFailure('protocol', `${place} sent an answer that is not valid XML-RPC`, { cause })
    : new LinkFailure('not-supervisor', `${place} does not speak XML-RPC: check the port and the path`, { cause });
}
