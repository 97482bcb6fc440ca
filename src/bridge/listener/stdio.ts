// supervisord's side of an event listener: a line of `key:value` tokens, then as many bytes of payload as `len` says.
// It sends the next event only after READY, and takes the listener for broken for good on anything that it does not expect.

export type StdioEvent = { readonly event: string; readonly poolserial: number; readonly payload: string };

/** Said at the start. */
export const READY = 'READY\n';
/** Said after each event, before anything is done with it: supervisord's buffer is short and drops the oldest. */
export const ACKNOWLEDGED = 'RESULT 2\nOKREADY\n';

const MAX_HEADER = 4_096;
/** Payloads may hold what a program wrote; of those that are longer only the start is kept. */
const MAX_PAYLOAD = 16 * 1024 * 1024;
const KEPT_BYTES = 2_048;

export class StdioError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StdioError';
  }
}

/** The events that each chunk completes. `push` throws StdioError on what supervisord never sends. */
export function createStdioReader(): { push(chunk: Buffer): StdioEvent[] } {
  let rest: Buffer = Buffer.alloc(0);
  let header: { readonly event: string; readonly poolserial: number } | null = null;
  /** Bytes of payload still to come, and its start. */
  let left = 0;
  let kept: Buffer = Buffer.alloc(0);

  const next = (): StdioEvent | null => {
    if (header === null) {
      const end = rest.indexOf(0x0a);
      if (end > MAX_HEADER || (end < 0 && rest.length > MAX_HEADER)) throw new StdioError('a header without an end');
      if (end < 0) return null;
      const fields = parseHeader(rest.toString('utf8', 0, end));
      header = fields;
      left = fields.length;
      kept = Buffer.alloc(0);
      rest = rest.subarray(end + 1);
    }
    const part = rest.subarray(0, left);
    if (kept.length < KEPT_BYTES) kept = Buffer.concat([kept, part.subarray(0, KEPT_BYTES - kept.length)]);
    left -= part.length;
    rest = rest.subarray(part.length);
    if (left > 0) return null;
    const [payload = ''] = kept.toString('utf8').split('\n');
    const event = { event: header.event, poolserial: header.poolserial, payload };
    header = null;
    return event;
  };

  return {
    push: (chunk) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const events: StdioEvent[] = [];
      for (let event = next(); event; event = next()) events.push(event);
      return events;
    },
  };
}

function parseHeader(line: string) {
  const fields = new Map(
    line.split(' ').map((token): [string, string] => {
      const colon = token.indexOf(':');
      return [token.slice(0, colon), token.slice(colon + 1)];
    }),
  );
  const number = (key: string) => {
    const text = fields.get(key) ?? '';
    return /^\d{1,15}$/u.test(text) ? Number(text) : Number.NaN;
  };
  const event = fields.get('eventname') ?? '';
  const poolserial = number('poolserial');
  const length = number('len');
  if (event === '' || Number.isNaN(poolserial) || !(length <= MAX_PAYLOAD)) {
    throw new StdioError('a header that is not one of supervisord');
  }
  return { event, poolserial, length };
}
