// Requests as browsers, scripts and other sites make them.
import { request as httpRequest } from 'node:http';
import { WebSocket } from 'ws';
import { SUBPROTOCOL } from '../../../src/core/wire/messages.ts';
import { deadline } from '../deadline.ts';

export type Headers = Readonly<Record<string, string>>;

/** The status of a request whose Host and Origin are written by hand, which fetch does not allow. */
export function raw(
  url: string,
  options: { readonly method?: string; readonly headers?: Headers; readonly body?: string },
) {
  const { body = '', method = 'GET', headers = {} } = options;
  const status = new Promise<number>((resolve, reject) => {
    const request = httpRequest(url, { method, headers, agent: false }, (response) => {
      response.destroy();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject);
    request.end(body);
  });
  return deadline(status, 20_000, url);
}

/** 101 when the WebSocket opens, else the status. */
export function upgrade(url: string, headers: Headers = {}, protocol = SUBPROTOCOL): Promise<number> {
  const status = new Promise<number>((resolve, reject) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, protocol, { headers });
    socket.on('unexpected-response', (request, response) => {
      resolve(response.statusCode ?? 0);
      request.destroy();
    });
    socket.on('open', () => {
      resolve(101);
      socket.terminate();
    });
    socket.on('error', (error) => reject(error));
  });
  return deadline(status, 20_000, url);
}

export const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

export async function login(server: { readonly url: string }, name: string, password = `${name}-password`) {
  const body = new URLSearchParams({ username: name, password });
  const response = await fetch(`${server.url}/api/login`, { method: 'POST', body });
  return { response, cookie: (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '' };
}
