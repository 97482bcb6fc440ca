// One answer of a plain HTTP/1.1 server out of the bytes of a kept connection. supervisord always tells the length.

export type HttpAnswer = {
  readonly status: number;
  readonly body: Buffer;
  /** Nothing came behind it, and the other side will take another request on this connection. */
  readonly reusable: boolean;
};

export type HttpAnswerReader = {
  /**
   * The answer, once it is whole; undefined: more is to come; null: it does not tell its length, so that only a whole
   * HTTP client can read it. Throws what such a client throws for bytes that are no HTTP, and a RangeError for a body
   * that is longer than `maxBytes`.
   */
  push(chunk: Buffer): HttpAnswer | null | undefined;
};

const HEAD_END = '\r\n\r\n';
const MAX_HEAD_BYTES = 64 * 1024;
const STATUS_LINE = /^HTTP\/1\.[01] (\d{3})[ \r]/u;
const STATUS_LINE_LENGTH = 'HTTP/1.1 200 '.length;

export function createHttpAnswerReader(maxBytes: number): HttpAnswerReader {
  const chunks: Buffer[] = [];
  let size = 0;
  let head: {
    readonly status: number;
    readonly start: number;
    readonly length: number;
    readonly close: boolean;
  } | null = null;

  const all = (): Buffer => {
    const [only] = chunks;
    if (chunks.length > 1 || only === undefined) chunks.splice(0, chunks.length, Buffer.concat(chunks));
    return chunks[0] ?? Buffer.alloc(0);
  };

  return {
    push: (chunk) => {
      chunks.push(chunk);
      size += chunk.length;
      if (head === null) {
        const bytes = all();
        const end = bytes.indexOf(HEAD_END);
        if (size >= STATUS_LINE_LENGTH && !STATUS_LINE.test(bytes.toString('latin1', 0, STATUS_LINE_LENGTH)))
          throw noHttp();
        if (end < 0 && size > MAX_HEAD_BYTES) throw noHttp();
        if (end < 0) return undefined;
        const text = bytes.toString('latin1', 0, end + 2);
        const length = /\r\ncontent-length: *(\d+) *\r\n/iu.exec(text)?.[1];
        const status = Number(STATUS_LINE.exec(text)?.[1]);
        if (length === undefined || status < 200) return null;
        if (Number(length) > maxBytes) throw new RangeError('too long');
        const close = !text.startsWith('HTTP/1.1') || /\r\nconnection: *close *\r\n/iu.test(text);
        head = { status, start: end + HEAD_END.length, length: Number(length), close };
      }
      const end = head.start + head.length;
      if (size < end) return undefined;
      return { status: head.status, body: all().subarray(head.start, end), reusable: !head.close && size === end };
    },
  };
}

function noHttp(): Error {
  return Object.assign(new Error('Parse Error'), { code: 'HPE_INVALID_CONSTANT' });
}
