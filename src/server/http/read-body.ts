import type { IncomingMessage } from 'node:http';
import { MAX_INBOUND_BYTES } from '../../core/wire/messages.ts';

export type Body =
  | { readonly ok: true; readonly value: unknown; readonly text: (field: string) => string }
  | { readonly ok: false; readonly status: 400 | 413 | 415; readonly message: string };

/** A form or JSON, at most 64 KiB. */
export async function readBody(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    size += bytes.length;
    if (size > MAX_INBOUND_BYTES) return { ok: false, status: 413, message: 'the request is longer than 64 KiB' };
    chunks.push(bytes);
  }
  const raw = Buffer.concat(chunks).toString('utf8');
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (raw === '') return { ok: true, value: {}, text: () => '' };
  if (type === 'application/json') {
    try {
      const value: unknown = JSON.parse(raw);
      return { ok: true, value, text: (field) => textOf(value, field) };
    } catch {
      return { ok: false, status: 400, message: 'the body is no JSON' };
    }
  }
  if (type === 'application/x-www-form-urlencoded') {
    const value = Object.fromEntries(new URLSearchParams(raw));
    return { ok: true, value, text: (field) => value[field] ?? '' };
  }
  if (type === 'multipart/form-data') return readMultipart(raw, request.headers['content-type'] ?? '');
  return { ok: false, status: 415, message: 'send a form or application/json' };
}

function textOf(value: unknown, field: string): string {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined;
  return typeof found === 'string' ? found : '';
}

/** Browsers send FormData this way; only its plain fields are of use here. */
function readMultipart(raw: string, type: string): Body {
  const boundary = /boundary="?([^";]+)"?/iu.exec(type)?.[1];
  if (boundary === undefined) return { ok: false, status: 400, message: 'the form has no boundary' };
  const fields: Record<string, string> = {};
  for (const part of raw.split(`--${boundary}`)) {
    const [head = '', content = ''] = part.split(/\r\n\r\n(.*)/su);
    const name = /name="([^"]*)"/iu.exec(head)?.[1];
    if (name !== undefined) fields[name] = content.replace(/\r\n$/u, '');
  }
  return { ok: true, value: fields, text: (field) => fields[field] ?? '' };
}
