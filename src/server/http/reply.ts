// What a route answers, as data; written out in one place.
import type { ServerResponse } from 'node:http';
import type { Reader, UnreadBytes } from '../unread-bytes.ts';

export type Reply =
  | { readonly kind: 'json'; readonly status: number; readonly body: unknown; readonly headers?: Headers }
  | { readonly kind: 'text'; readonly status: number; readonly text: string; readonly headers?: Headers }
  | { readonly kind: 'asset'; readonly type: string; readonly content: string | Buffer; readonly headers?: Headers }
  /** Events, until the client leaves or the server ends it. */
  | { readonly kind: 'stream'; readonly run: (stream: EventStream) => Promise<void> }
  /** Bytes as they come. */
  | { readonly kind: 'chunks'; readonly headers: Headers; readonly chunks: AsyncIterable<string> };

type Headers = Readonly<Record<string, string>>;

export type EventStream = {
  readonly signal: AbortSignal;
  /** False: the client is too slow and the event was dropped. */
  send(event: { readonly data: string; readonly id?: string; readonly event?: string }): boolean;
  comment(text: string): void;
};

export function json(body: unknown, status = 200, headers?: Headers): Reply {
  return { kind: 'json', status, body, ...(headers && { headers }) };
}

export function message(status: number, text: string, headers?: Headers): Reply {
  return json({ message: text }, status, headers);
}

export function ok(): Reply {
  return { kind: 'text', status: 200, text: 'OK' };
}

/** Nothing of ours may be framed, sniffed or kept by a cache; only the page overrules the policy. */
const SAFE_HEADERS: Headers = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

const HEARTBEAT_MS = 15_000;
/** A client that reads more slowly than this misses events. */
const STREAM_BUFFER = 1024 * 1024;

/** For half a year the browser asks for nothing of ours in the clear. */
const HSTS = 'max-age=15552000';

export type Writing = {
  /** Aborted when the right to the answer ends, or the server. */
  readonly ending: AbortSignal;
  /** Whoever reads nothing for so long is cut off: what is not read is held in memory. */
  readonly patienceMs: number;
  readonly unread: UnreadBytes;
};

export async function writeReply(response: ServerResponse, reply: Reply, writing: Writing): Promise<void> {
  const reader = writing.unread.open(() => response.destroy());
  if (response.closed) reader.close();
  else response.once('close', reader.close);
  response.on('timeout', () => response.destroy());
  if (response.socket && 'encrypted' in response.socket) response.setHeader('strict-transport-security', HSTS);
  for (const [name, value] of Object.entries(SAFE_HEADERS)) response.setHeader(name, value);
  const headers: Headers = reply.kind === 'stream' ? {} : (reply.headers ?? {});
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  switch (reply.kind) {
    case 'json':
      response.writeHead(reply.status, { 'content-type': 'application/json; charset=utf-8' });
      end(response, JSON.stringify(reply.body), { ...writing, reader });
      return;
    case 'text':
      if (!response.hasHeader('content-type')) response.setHeader('content-type', 'text/plain; charset=utf-8');
      response.writeHead(reply.status);
      end(response, reply.text, { ...writing, reader });
      return;
    case 'asset':
      response.writeHead(200, { 'content-type': reply.type });
      end(response, reply.content, { ...writing, reader });
      return;
    case 'chunks':
      await writeChunks(response, reply.chunks, { ...writing, reader });
      return;
    case 'stream':
      await writeEvents(response, reply.run, { ...writing, reader });
      return;
  }
}

type Held = Writing & { readonly reader: Reader };

/** All of it at once. */
function end(response: ServerResponse, content: string | Buffer, { reader, patienceMs }: Held): void {
  reader.hold(content);
  response.end(content);
  response.setTimeout(patienceMs);
}

async function writeChunks(
  response: ServerResponse,
  chunks: AsyncIterable<string>,
  { ending, patienceMs, reader }: Held,
): Promise<void> {
  const gone = clientGone(response, ending);
  try {
    for await (const chunk of chunks) {
      if (gone.signal.aborted) return;
      if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
      const release = reader.hold(chunk);
      if (response.destroyed) return;
      if (response.write(chunk, release)) continue;
      // Only while there is something to read: a source may take its time.
      response.setTimeout(patienceMs);
      await drained(response, gone.signal);
      response.setTimeout(0);
    }
    if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
    response.end();
    response.setTimeout(patienceMs);
  } finally {
    gone.release();
    // A source that failed midway must not look like a whole answer.
    if (!response.writableEnded && response.headersSent) response.destroy();
  }
}

async function writeEvents(
  response: ServerResponse,
  run: (stream: EventStream) => Promise<void>,
  { ending, reader }: Held,
): Promise<void> {
  const gone = clientGone(response, ending);
  // The headers go at once, so that the client knows that it is connected before anything happens.
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' });
  response.flushHeaders();
  const write = (text: string): boolean => {
    if (gone.signal.aborted || response.writableLength > STREAM_BUFFER) return false;
    response.write(text, reader.hold(text));
    return true;
  };
  const heartbeat = setInterval(() => write(': still here\n\n'), HEARTBEAT_MS);
  try {
    await run({
      signal: gone.signal,
      send: ({ data, id, event }) => {
        const fields = [id === undefined ? '' : `id: ${id}\n`, event === undefined ? '' : `event: ${event}\n`];
        return write(`${fields.join('')}data: ${data}\n\n`);
      },
      comment: (text) => write(`: ${text.replace(/[\r\n]+/gu, ' ')}\n\n`),
    });
  } finally {
    clearInterval(heartbeat);
    gone.release();
    response.end();
  }
}

function clientGone(response: ServerResponse, ending: AbortSignal): { signal: AbortSignal; release: () => void } {
  const gone = new AbortController();
  const leave = () => gone.abort();
  response.once('close', leave);
  if (ending.aborted || response.destroyed) leave();
  ending.addEventListener('abort', leave);
  return {
    signal: gone.signal,
    release: () => {
      response.off('close', leave);
      ending.removeEventListener('abort', leave);
    },
  };
}

function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      response.off('drain', finish);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    if (signal.aborted) return resolve();
    response.on('drain', finish);
    signal.addEventListener('abort', finish);
  });
}
