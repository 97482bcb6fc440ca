// supervisord's own API, for hosts that expose only a unix socket: requests go through as they are.
import { request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { NetConnectOpts, Socket } from 'node:net';
import { createStreamConnector } from '../supervisord-api/http/stream-connector.ts';

export type ProxyTarget = {
  /** `unix:///path` or `http://host:port`, as supervisord tells its children. */
  readonly serverUrl: string;
  /** `user:password`; null: it asks for none. */
  readonly login: string | null;
};

/** Of an answer that does not come from supervisord. */
export type Refuse = (response: ServerResponse, status: number, message: string) => void;

const PASSED_ON = ['content-type', 'content-length'] as const;

export function isSupervisordPath(method: string, path: string): boolean {
  if (method === 'POST') return path === '/RPC2';
  return method === 'GET' && (path === '/mainlogtail' || path.startsWith('/logtail/'));
}

export type HttpRelay = (request: IncomingMessage, response: ServerResponse) => void;

export function createHttpRelay(target: ProxyTarget, refuse: Refuse): HttpRelay {
  const place = toPlace(target.serverUrl);
  const connectStream = createStreamConnector(() => connect(place));
  const unreachable = (response: ServerResponse, error: unknown) => {
    const words = error instanceof Error ? error.message : String(error);
    if (response.headersSent) response.destroy();
    else refuse(response, 502, `supervisord does not answer the listener: ${words}`);
  };

  const pass = (request: IncomingMessage, response: ServerResponse, socket: Socket): ClientRequest => {
    const { method = 'GET', url = '/', headers } = request;
    const upstream = httpRequest({
      createConnection: () => socket,
      ...(target.login === null ? {} : { auth: target.login }),
      method,
      path: url,
      // Without it supervisord does not chunk its streams, which then deliver nothing.
      headers: { ...pick(headers), connection: 'keep-alive' },
    });
    upstream.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, pick(answer.headers));
      answer.on('data', (chunk: Buffer) => {
        if (!response.write(chunk)) answer.pause();
      });
      response.on('drain', () => answer.resume());
      answer.once('end', () => response.end());
      // Cut off: to end it properly would hide that something is missing.
      answer.once('error', () => response.destroy());
    });
    upstream.once('error', (error) => unreachable(response, error));
    response.once('close', () => upstream.destroy());
    request.pipe(upstream);
    return upstream;
  };

  const passStream = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const over = new AbortController();
    response.once('close', () => over.abort());
    const { socket, release } = await connectStream(over.signal);
    const upstream = pass(request, response, socket);
    upstream.once('response', release);
    upstream.once('close', release);
  };

  return (request, response) => {
    if (request.method === 'GET') {
      passStream(request, response).catch((error: unknown) => unreachable(response, error));
    } else pass(request, response, connect(place));
  };
}

function pick(headers: IncomingMessage['headers']): Record<string, string> {
  return Object.fromEntries(
    PASSED_ON.flatMap((name) => {
      const value = headers[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

function toPlace(serverUrl: string): NetConnectOpts {
  if (serverUrl.startsWith('unix://')) return { path: serverUrl.slice('unix://'.length) };
  const { hostname, port } = new URL(serverUrl);
  return { host: hostname.replace(/^\[|\]$/gu, ''), port: Number(port || 80) };
}
