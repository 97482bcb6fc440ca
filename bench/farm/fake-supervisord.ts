// What multivisor asks of a supervisord, answered out of memory. test/bench/farm.test.ts compares it with the real thing.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createFakeProcess, type FakeProcess } from './fake-process.ts';
import { decodeCall, encodeAnswer, encodeFault, type Call, type Xml } from './xml-rpc.ts';

export type FakeSupervisord = {
  readonly processes: readonly FakeProcess[];
  handle(request: IncomingMessage, response: ServerResponse): void;
};

type Fault = { readonly fault: number; readonly text: string };
type Answer = { readonly value: Xml } | Fault;
type Method = (name: string) => Answer;

const BACKLOG_BYTES = 1_024;
const WORDS = 'Traceback (most recent call last):\nRuntimeError: the detector does not answer\n';
/** As tailProcess…Log answers: text, size, whether there is more. */
const LAST_WORDS: Answer = { value: [WORDS, WORDS.length, false] };
const EMPTY_LOG: Answer = { value: ['', 0, false] };
const LOG_LINE_MS = 1_000;
const BAD_NAME = 10;
const ALREADY_STARTED = 60;
const NOT_RUNNING = 70;
const SUCCESS = 80;

export function createFakeSupervisord(
  pid: number,
  programs: readonly { group: string; name: string }[],
): FakeSupervisord {
  let lastPid = pid;
  let backlog = '';
  const followers = new Set<ServerResponse>();
  const log = (level: string, message: string): void => {
    const line = `${timestamp()} ${level} ${message}\n`;
    backlog = (backlog + line).slice(-BACKLOG_BYTES);
    for (const follower of followers) follower.write(line);
  };
  const nextPid = (): number => (lastPid += 1);
  const processes = programs.map(({ group, name }) => createFakeProcess({ group, name, nextPid, log }));
  const byName = new Map(processes.map((fake) => [`${fake.group}:${fake.name}`, fake]));
  log('INFO', `supervisord started with pid ${pid}`);

  const withProcess = (act: (fake: FakeProcess) => Answer): Method => {
    return (name) => {
      const fake = byName.get(name) ?? byName.get(`${name}:${name}`);
      return fake === undefined ? { fault: BAD_NAME, text: `BAD_NAME: ${name}` } : act(fake);
    };
  };
  const withAll = (act: (fake: FakeProcess) => boolean): Method => {
    return (group) => {
      const chosen = processes.filter((fake) => (group === '' || fake.group === group) && act(fake));
      return {
        value: chosen.map((fake) => ({ name: fake.name, group: fake.group, status: SUCCESS, description: 'OK' })),
      };
    };
  };
  const start = withProcess((fake) => done(fake.start(), ALREADY_STARTED, `ALREADY_STARTED: ${fake.name}`));
  const stop = withProcess((fake) => done(fake.stop(), NOT_RUNNING, `NOT_RUNNING: ${fake.name}`));
  const startAll = withAll((fake) => fake.start());
  const stopAll = withAll((fake) => fake.stop());
  const methods: Readonly<Record<string, Method>> = {
    'system.listMethods': () => ({ value: Object.keys(methods).toSorted() }),
    'supervisor.getAPIVersion': () => ({ value: '3.0' }),
    'supervisor.getSupervisorVersion': () => ({ value: '4.2.5' }),
    'supervisor.getIdentification': () => ({ value: 'supervisor' }),
    'supervisor.getPID': () => ({ value: pid }),
    'supervisor.getState': () => ({ value: { statecode: 1, statename: 'RUNNING' } }),
    'supervisor.getAllProcessInfo': () => ({ value: processes.map((fake) => fake.info()) }),
    'supervisor.getProcessInfo': withProcess((fake) => ({ value: fake.info() })),
    'supervisor.tailProcessStdoutLog': withProcess(() => EMPTY_LOG),
    'supervisor.tailProcessStderrLog': withProcess(() => LAST_WORDS),
    'supervisor.startProcess': start,
    'supervisor.stopProcess': stop,
    'supervisor.startProcessGroup': startAll,
    'supervisor.stopProcessGroup': stopAll,
    'supervisor.startAllProcesses': () => startAll(''),
    'supervisor.stopAllProcesses': () => stopAll(''),
  };

  const answerCall = ({ method, params }: Call): string => {
    const answer = methods[method]?.(typeof params[0] === 'string' ? params[0] : '') ?? {
      fault: 1,
      text: 'UNKNOWN_METHOD',
    };
    return 'fault' in answer ? encodeFault(answer.fault, answer.text) : encodeAnswer(answer.value);
  };
  const answerPost = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const answer = Buffer.from(answerCall(decodeCall(await readBody(request))));
    response.writeHead(200, { 'content-type': 'text/xml', 'content-length': answer.length });
    response.end(answer);
  };
  const follow = (response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.write(backlog);
    followers.add(response);
    response.once('close', () => followers.delete(response));
  };

  return {
    processes,
    handle: (request, response) => {
      const path = decodeURIComponent(request.url ?? '');
      response.setHeader('server', 'Medusa/1.12');
      if (request.method === 'POST') {
        void answerPost(request, response);
      } else if (path === '/mainlogtail') follow(response);
      else if (byName.has(/^\/logtail\/(.+)\/(stdout|stderr)$/.exec(path)?.[1] ?? '')) tick(response);
      else response.writeHead(path === '/RPC2' ? 400 : 404).end();
    },
  };
}

function done(worked: boolean, code: number, text: string): Answer {
  return worked ? { value: true } : { fault: code, text };
}

/** A process's own log: one line a second for as long as somebody listens. */
function tick(response: ServerResponse): void {
  let count = 0;
  response.writeHead(200, { 'content-type': 'text/plain' });
  const write = (): void => {
    count += 1;
    response.write(`${timestamp()} line ${count}\n`);
  };
  write();
  const timer = setInterval(write, LOG_LINE_MS);
  response.once('close', () => clearInterval(timer));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: string[] = [];
  request.setEncoding('utf8');
  for await (const chunk of request) chunks.push(String(chunk));
  return chunks.join('');
}

/** As Python's logging writes it: 2026-11-21 07:44:16,537. */
function timestamp(): string {
  return new Date().toISOString().replace('T', ' ').replace('.', ',').replace('Z', '');
}
