// A plain reader of server-sent events, as any program might be one.
import type { Collector } from '../deadline.ts';
import { collect } from '../deadline.ts';

export type SentEvent = { readonly id: string; readonly data: unknown };

/** What it sends, for as long as the test runs. */
export function readEvents(t: { teardown(end: () => Promise<void>): void }, response: Response): Collector<SentEvent> {
  const events = collect<SentEvent>();
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const pump = async () => {
    let text = '';
    for (let step = await reader?.read(); step && !step.done; step = await reader?.read()) {
      text += step.value;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const lines = text.slice(0, end).split('\n');
        const fields = Object.fromEntries(lines.map((line) => line.split(/: ?(.*)/su)));
        text = text.slice(end + 2);
        if (fields['data'] !== undefined) events.push({ id: fields['id'] ?? '', data: JSON.parse(fields['data']) });
      }
    }
  };
  const pumping = pump().catch(() => 'the server ends it');
  t.teardown(async () => {
    await reader?.cancel().catch(() => 'it may have ended already');
    await pumping;
  });
  return events;
}
