// A viewer that looks at no more than what is measured: the others of this process must not wait for it.
import { once } from 'node:events';
import * as v from 'valibot';
import { WebSocket } from 'ws';
import { encodeClientMessage } from '../../src/core/wire/codec.ts';
import { SUBPROTOCOL } from '../../src/core/wire/messages.ts';
import type { Collector } from '../../test/helpers/deadline.ts';
import { collect } from '../../test/helpers/deadline.ts';

export type Told = { readonly uid: string; readonly to: string };

export type Watcher = {
  readonly transitions: Collector<Told>;
  /** The texts by which each supervisor was told to be down. */
  readonly errors: ReadonlyMap<string, ReadonlySet<string>>;
  close(): void;
};

const transitionsSchema = v.object({ transitions: v.array(v.object({ uid: v.string(), to: v.string() })) });
const down = v.object({ name: v.string(), link: v.literal('down'), error: v.object({ message: v.string() }) });
const deltaSchema = v.object({
  delta: v.object({ changes: v.array(v.object({ supervisor: v.optional(v.unknown()) })) }),
});

export async function openWatcher(url: string): Promise<Watcher> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, SUBPROTOCOL);
  const transitions = collect<Told>();
  const errors = new Map<string, Set<string>>();
  socket.on('error', (error) => console.error(error.message));
  socket.on('message', (data) => {
    const text = Buffer.isBuffer(data) ? data.toString('utf8') : '';
    if (text.startsWith('{"type":"transitions"')) {
      v.parse(transitionsSchema, JSON.parse(text)).transitions.forEach(transitions.push);
    } else if (text.startsWith('{"type":"delta"') && text.includes('"link":"down"')) {
      for (const { supervisor } of v.parse(deltaSchema, JSON.parse(text)).delta.changes) {
        const parsed = v.safeParse(down, supervisor);
        if (!parsed.success) continue;
        const { name, error } = parsed.output;
        errors.set(name, (errors.get(name) ?? new Set()).add(error.message.slice(0, 200)));
      }
    }
  });
  await once(socket, 'open');
  socket.send(encodeClientMessage({ type: 'hello', resume: null }));
  return { transitions, errors, close: () => socket.terminate() };
}
