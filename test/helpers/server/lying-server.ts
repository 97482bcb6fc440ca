// A `multivisor serve` that may say anything: texts that a terminal would act on, wherever the wire has room for a text.
import { once } from 'node:events';
import { WebSocketServer } from 'ws';
import type { Session } from '../../../src/core/ports.ts';
import { decodeClientMessage, encodeServerMessage, encodeSnapshot } from '../../../src/core/wire/codec.ts';
import type { ServerMessage } from '../../../src/core/wire/messages.ts';
import { SUBPROTOCOL } from '../../../src/core/wire/messages.ts';

const NEWS_MS = 100;

type Told = Exclude<ServerMessage, { type: 'snapshot' }>;

export type LyingServer = { readonly url: string; close(): Promise<void> };

/** `evil` stands in each text of an outcome, and in what is told after the state. */
export async function startLyingServer(session: Session, evil: string): Promise<LyingServer> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => SUBPROTOCOL });
  server.on('connection', (socket) => {
    const tell = (message: Told) => socket.send(encodeServerMessage(message));
    socket.on('error', () => socket.terminate());
    socket.on('message', (data) => {
      const decoded = decodeClientMessage(Buffer.isBuffer(data) ? data.toString('utf8') : '');
      if (!decoded.ok) return;
      const { message } = decoded;
      if (message.type === 'hello') {
        const { name, epoch } = session.snapshot();
        const actor = { name: evil, role: 'admin' as const, supervisors: ['*'] };
        tell({ type: 'hello', version: evil, name, epoch, actor, capabilities: [] });
        socket.send(encodeSnapshot(session.snapshot()));
        const [transition] = session.timeline();
        const lastWords = { stream: 'stderr' as const, lines: [evil] };
        const news = () => {
          if (transition) tell({ type: 'transitions', transitions: [{ ...transition, by: evil, lastWords }] });
          tell({ type: 'gap', supervisor: evil, message: evil });
        };
        news();
        // Who asks for what comes from now on hears of it too.
        const telling = setInterval(news, NEWS_MS);
        socket.once('close', () => clearInterval(telling));
      } else if (message.type === 'command') {
        const { targets } = message.command;
        const outcomes = targets.map((target) => {
          return { target, ok: false, code: 'failed' as const, message: evil, from: evil, to: `to ${evil}` };
        });
        tell({ type: 'outcomes', id: message.id, outcomes });
      } else if (message.type === 'tail-open') {
        tell({ type: 'tail-chunk', id: message.id, chunk: { type: 'text', text: `${evil}\n` } });
        tell({ type: 'tail-chunk', id: message.id, chunk: { type: 'gap', reason: evil } });
        tell({ type: 'tail-end', id: message.id, error: { code: 'failed', message: evil } });
      } else if (message.type === 'ping') tell({ type: 'pong', id: message.id });
    });
  });
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    close: async () => {
      for (const client of server.clients) client.terminate();
      server.close();
      await once(server, 'close');
    },
  };
}
