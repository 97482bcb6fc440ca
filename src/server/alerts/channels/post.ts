// One request to a receiver. Certificates are verified whatever the environment says, redirects are not followed (what is
// sent may be meant for one host alone), and of the answer only its beginning is read.
import type { IncomingMessage } from 'node:http';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { WaitOptions } from '../../../core/ports.ts';
import type { Answer } from './channel.ts';

export type Post = {
  readonly url: string;
  readonly authorization: string | null;
  readonly method?: 'GET';
  readonly type: string;
  readonly body: string;
};

const ANSWER_BYTES = 2_048;
const SHOWN = 200;

export function post(asked: Post, { signal }: WaitOptions): Promise<Answer> {
  const { url, authorization, method = 'POST', type, body } = asked;
  return new Promise((resolve) => {
    const fail = (error: unknown) => resolve({ ok: false, refused: false, said: toWords(error, signal) });
    const headers = {
      'user-agent': 'multivisor',
      ...(method === 'POST' && { 'content-type': type, 'content-length': Buffer.byteLength(body) }),
      ...(authorization !== null && { authorization }),
    };
    const secure = url.startsWith('https:');
    const options = { method, headers, signal, agent: false } as const;
    const onResponse = (response: IncomingMessage) => void readAnswer(response).then(resolve, fail);
    const request = secure
      ? httpsRequest(url, { ...options, rejectUnauthorized: true }, onResponse)
      : httpRequest(url, options, onResponse);
    request.on('error', fail);
    request.end(method === 'POST' ? body : undefined);
  });
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const status = response.statusCode ?? 0;
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > ANSWER_BYTES) break;
  }
  response.destroy();
  const words = text.replace(/\s+/gu, ' ').trim().slice(0, SHOWN);
  const said = `${status} ${response.statusMessage ?? ''}`.trim() + (words === '' ? '' : `: ${words}`);
  if (status >= 200 && status < 300) return { ok: true, said };
  // Only what is said of the message itself is final: a wrong address or login may be put right within the day.
  const refused = status === 400 || status === 413 || status === 422;
  const seconds = Number(response.headers['retry-after']);
  const retryAfterMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : null;
  return { ok: false, refused, said, ...(retryAfterMs !== null && { retryAfterMs }) };
}

/** An error of Node names a host and a port at most. */
function toWords(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'no answer in time';
  return error instanceof Error ? error.message : String(error);
}
