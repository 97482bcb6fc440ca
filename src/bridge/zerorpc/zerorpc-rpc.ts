// supervisord's methods as a multivisor-rpc agent offers them: by their bare names, faults as errors in words.
import { LinkFailure } from '../link/link-failure.ts';
import { FAULT } from '../supervisord-api/xml-rpc/faults.ts';
import type { Rpc } from '../supervisord-api/xml-rpc/rpc.ts';
import { RpcFault } from '../supervisord-api/xml-rpc/rpc.ts';
import type { ZerorpcClient } from './client.ts';
import { RemoteError } from './client.ts';

export type ZerorpcRpc = Pick<Rpc, 'ask' | 'command'>;

export type ZerorpcRpcOptions = {
  readonly client: Pick<ZerorpcClient, 'call'>;
  readonly answerMs: number;
  /** For messages. */
  readonly place: string;
};

export function createZerorpcRpc({ client, answerMs, place }: ZerorpcRpcOptions): ZerorpcRpc {
  const ask: Rpc['ask'] = async (method, { params = [], signal, answerMs: ownMs = answerMs }) => {
    const bareName = method.slice(method.lastIndexOf('.') + 1);
    try {
      return await client.call(bareName, params, { signal, answerMs: ownMs });
    } catch (error) {
      throw error instanceof RemoteError ? translate(error, place) : error;
    }
  };
  return { ask, command: ask };
}

/** `<Fault 10: 'BAD_NAME: web'>` of an agent beside supervisord, `code=10, text='BAD_NAME: web'` of one inside it. */
const FAULT_WORDS = /^(?:<Fault (\d+): |code=(\d+), text=)(['"])(.*)\3>?$/su;

function translate(error: RemoteError, place: string): RpcFault | LinkFailure {
  const [, beside, inside, , words = ''] = FAULT_WORDS.exec(error.message) ?? [];
  const code = beside ?? inside;
  if (code !== undefined) return new RpcFault(Number(code), words);
  if (error.kind === 'NameError') return new RpcFault(FAULT.UNKNOWN_METHOD, error.message);
  if (error.kind === 'UnicodeDecodeError' || error.message.includes('500 Internal Server Error')) {
    // What supervisord itself answers when it cannot decode a log; see supervisord-api/process-log/read.ts.
    return new LinkFailure('protocol', `supervisord behind ${place} cannot tell it`, { cause: error, status: 500 });
  }
  if (error.message.includes('401')) {
    return new LinkFailure('unauthorized', `supervisord refuses the agent at ${place}: give the agent its password`);
  }
  const said = `${error.kind}: ${error.message}`.slice(0, 200);
  return new LinkFailure('refused', `the agent at ${place} answers, but its supervisord does not (${said})`, {
    cause: error,
  });
}
