// supervisord's own API, for hosts that expose only a unix socket: requests go through as they are.
import { request as httpRequest } from 'node:http';
import type { IncomingMessage, RequestOptions, ServerResponse } from 'node:http';

export type Target = {
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

export function forward(
  request: IncomingMessage,
  response: ServerResponse,
  { target, refuse }: { readonly target: Target; readonly refuse: Refuse },
): void {
  const { method = 'GET', url = '/', headers } = request;
  const upstream = httpRequest({
    ...toPlace(target.serverUrl),
    ...(target.login === null ? {} : { auth: target.login }),
    method,
    path: url,
    agent: false,
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
  upstream.once('error', (error) => {
    if (response.headersSent) response.destroy();
    else refuse(response, 502, `supervisord does not answer the listener: ${error.message}`);
  });
  response.once('close', () => upstream.destroy());
  request.pipe(upstream);
}

function pick(headers: IncomingMessage['headers']): Record<string, string> {
  return Object.fromEntries(
    PASSED_ON.flatMap((name) => {
      const value = headers[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

function toPlace(serverUrl: string): RequestOptions {
  if (serverUrl.startsWith('unix://')) return { socketPath: serverUrl.slice('unix://'.length) };
  const { hostname, port } = new URL(serverUrl);
  return { host: hostname.replace(/^\[|\]$/gu, ''), port };
}
