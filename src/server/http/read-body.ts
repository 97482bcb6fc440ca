import type { IncomingMessage } from 'node:http';
import { MAX_INBOUND_BYTES } from '../../core/wire/messages.ts';

export type RequestBody =
  | { readonly ok: true; readonly value: unknown; readonly text: (field: string) => string }
  | { readonly ok: false; readonly status: 400 | 413 | 415; readonly message: string };

/** A form or JSON, at most 64 KiB. */
export async function readBody(request: IncomingMessage): Promise<RequestBody> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    size += bytes.length;
    if (size > MAX_INBOUND_BYTES) return { ok: false, status: 413, message: 'the request is longer than 64 KiB' };
    chunks.push(bytes);
  }
  const raw = Buffer.concat(chunks);
  const type = request.headers['content-type'] ?? '';
  if (raw.length === 0) return { ok: true, value: {}, text: () => '' };
  switch (type.replace(/;.*/su, '').trim().toLowerCase()) {
    case 'application/json':
      return readJson(raw);
    case 'application/x-www-form-urlencoded':
      return toForm(new URLSearchParams(raw.toString('utf8')));
    case 'multipart/form-data':
      return readMultipart(raw, type);
    default:
      return { ok: false, status: 415, message: 'send a form or application/json' };
  }
}

function readJson(raw: Buffer): RequestBody {
  try {
    const value: unknown = JSON.parse(raw.toString('utf8'));
    return { ok: true, value, text: (field) => textOf(value, field) };
  } catch {
    return { ok: false, status: 400, message: 'the body is no JSON' };
  }
}

function textOf(value: unknown, field: string): string {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined;
  return typeof found === 'string' ? found : '';
}

/** Browsers send FormData this way, and so does `curl -F`; only here Node has to load what reads it. */
async function readMultipart(raw: Buffer, type: string): Promise<RequestBody> {
  try {
    return toForm(await new Response(raw, { headers: { 'content-type': type } }).formData());
  } catch {
    return { ok: false, status: 400, message: 'the form is not understood' };
  }
}

/** Files are of no use here. */
function toForm(fields: Iterable<[string, string | Blob]>): RequestBody {
  const texts = new Map<string, string>();
  for (const [name, value] of fields) if (typeof value === 'string') texts.set(name, value);
  return { ok: true, value: Object.fromEntries(texts), text: (field) => texts.get(field) ?? '' };
}
