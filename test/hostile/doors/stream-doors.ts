// What comes in without being asked for, from a host that is sound in all else: the main log, the log of a process, the
// events of a listener.
import { createListenerLink } from '../../../src/bridge/listener/listener-link.ts';
import { encodeLine } from '../../../src/bridge/listener/protocol.ts';
import { createLineReader } from '../../../src/core/log-lines.ts';
import type { SupervisorLink, TailRequest } from '../../../src/core/ports.ts';
import { SessionError } from '../../../src/core/ports.ts';
import { escapeLogLine } from '../../../src/core/view/escape.ts';
import { deadline } from '../../helpers/deadline.ts';
import { runLink } from '../../helpers/supervisord/run-link.ts';
import type { Door } from '../door.ts';
import { inEachManner } from '../door.ts';
import type { BadStream, SoundHost } from '../sound-host.ts';
import { sayAndEnd, sayInManner, sayText, startSoundHost } from '../sound-host.ts';
import { configOf, supervisordLink } from './link-doors.ts';

const SAID_MS = 20_000;

/** What the link says after it was told this: how it is, by what it is told its news. */
async function afterStream(host: SoundHost, link: SupervisorLink, stream: BadStream): Promise<string> {
  host.follow(stream);
  const run = runLink(link);
  try {
    await run.next('all');
    await deadline(stream.said, SAID_MS, 'it is said');
    const from = run.seen.items.length;
    link.reread([]);
    // Whether or not it lives: one that does reads again, and one that does not begins anew or is down.
    await run.next('all', { from: run.seen.items.some(({ type }) => type === 'down') ? 0 : from });
    const down = run.seen.items.flatMap((seen) => (seen.type === 'down' ? [seen.error.message] : []));
    const sources = run.seen.items.flatMap((seen) => (seen.type === 'source' ? [`${seen.source} ${seen.note}`] : []));
    return down.length > 0 ? `down: ${down.at(-1) ?? ''}` : `up, by ${sources.at(-1) ?? 'readings'}`;
  } finally {
    await run.stop();
  }
}

type StreamDoor = {
  readonly name: string;
  readonly link: (port: number) => SupervisorLink;
  readonly texts: (text: string) => readonly string[];
  /** What a slow one says. */
  readonly line: string;
};

async function streamDoor({ name, link, texts, line }: StreamDoor): Promise<Door> {
  const host = await startSoundHost();
  const meet = (stream: BadStream) => afterStream(host, link(host.port), stream);
  return {
    name,
    take: async (text) => {
      const told: string[] = [];
      for (const each of texts(text)) told.push(await meet(sayText(each)));
      return told.join('; ');
    },
    manners: inEachManner((manner) => meet(sayInManner(manner, line))),
    isOwn: (told) => told.split('; ').every((each) => each.startsWith('up') || each.includes(`127.0.0.1:${host.port}`)),
    close: host.close,
  };
}

export const openMainLogDoor = (): Promise<Door> =>
  streamDoor({
    name: 'main log',
    link: supervisordLink,
    texts: (text) => [`${text}\n2026-01-01 00:00:00,000 INFO exited: ${text} (exit status 1)`],
    line: '2026-01-01 00:00:00,000 INFO exited: x (exit status 1)\n',
  });

const HELLO = encodeLine({ type: 'hello', protocol: 1, agent: 'node', supervisord: 1, process: null, last: 6 });
const event = (text: string) =>
  encodeLine({ type: 'event', event: 'PROCESS_STATE_EXITED', poolserial: 7, payload: text });

export const openListenerDoor = (): Promise<Door> =>
  streamDoor({
    name: 'listener',
    link: (port) => {
      const config = configOf(`http://127.0.0.1:${port}`);
      if (config.address.kind === 'multivisor') throw new Error('no listener');
      return createListenerLink({ ...config, address: config.address });
    },
    texts: (text) => [text, `${HELLO}${event(`processname:${text} groupname:${text} from_state:RUNNING`)}`],
    line: HELLO,
  });

export async function openProcessLogDoor(): Promise<Door> {
  const host = await startSoundHost();
  const request: TailRequest = { uid: 's:g:x', stream: 'stdout', backlogBytes: 64 * 1024, follow: true };
  /** Until the end of the log or what is said of it; what came is shown as a terminal shows it. */
  const read = async (wanted: TailRequest, said: Promise<void>): Promise<string> => {
    const over = new AbortController();
    const reader = createLineReader({ longest: 10_000, beyond: 'cut' });
    let shown = 0;
    // Whoever follows a log that has no end goes away some time.
    void said.then(() => over.abort());
    try {
      for await (const chunk of supervisordLink(host.port).tail(wanted, { signal: over.signal })) {
        if (chunk.type === 'gap') continue;
        for (const line of reader.push(chunk.text)) shown += escapeLogLine(line).length;
      }
      for (const line of reader.flush()) shown += escapeLogLine(line).length;
      return `taken, ${shown} characters`;
    } catch (error) {
      if (!(error instanceof SessionError)) throw error;
      return `${error.code}: ${error.message}`;
    }
  };
  const follow = async (stream: BadStream): Promise<string> => {
    host.answer('supervisor.tailProcessStdoutLog', ['', 1, false]);
    host.answer('supervisor.readProcessStdoutLog', '');
    host.follow(stream);
    return deadline(read(request, stream.said), SAID_MS, 'the log is left');
  };
  return {
    name: 'process log',
    take: async (text) => {
      host.answer('supervisor.tailProcessStdoutLog', [text, Buffer.byteLength(text), false]);
      const never = new Promise<void>(() => {});
      const once = await read({ ...request, follow: false }, never);
      return `${once}; ${await follow(sayAndEnd(text))}`;
    },
    manners: inEachManner((manner) => follow(sayInManner(manner, 'a line of its log\n'))),
    isOwn: (told) => told.split('; ').every((each) => /^(?:taken|[a-z-]+: .)/su.test(each)),
    close: host.close,
  };
}
