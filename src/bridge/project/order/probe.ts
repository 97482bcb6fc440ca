// One check of one process, once: null when it passes, else why not, in a few words.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';
import { connect } from 'node:net';
import { constants } from 'node:os';
import { parseRegex } from '../../../core/regex/linear-regex.ts';
import { withDeadline } from '../../link/deadline.ts';
import { createFileFollower } from '../foreground/follow-file.ts';
import { parseHttpCheck, parseTcpCheck } from './check-address.ts';
import type { ReadyCheck } from './order-plan.ts';

export type ProbePlace = {
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  /** Its logs, and how long each was when it was started. */
  readonly logs: readonly { readonly path: string; readonly from: number }[];
};

export type Probe = {
  ask(signal: AbortSignal): Promise<string | null>;
  /** Of what it holds open. */
  close(): void;
};

const ONCE_MS = 5_000;

export function createProbe({ kind, text }: ReadyCheck, place: ProbePlace): Probe {
  switch (kind) {
    case 'tcp':
      return toProbe((signal) => probeTcp(text, signal));
    case 'http':
      return toProbe((signal) => probeHttp(text, signal));
    case 'cmd':
      return toProbe((signal) => probeCommand(text, { ...place, signal }));
    case 'log':
      return createLogProbe(text, place);
  }
}

function toProbe(ask: Probe['ask']): Probe {
  return { ask: (signal) => ask(withDeadline(signal, ONCE_MS)), close: () => undefined };
}

async function probeTcp(text: string, signal: AbortSignal): Promise<string | null> {
  const address = parseTcpCheck(text);
  if (typeof address === 'string') return address;
  const socket = connect(address);
  const abort = () => void socket.destroy(new Error('no answer'));
  signal.addEventListener('abort', abort, { once: true });
  try {
    await once(socket, 'connect');
    return null;
  } catch (error) {
    return `nothing listens at ${text}${codeOf(error)}`;
  } finally {
    signal.removeEventListener('abort', abort);
    socket.destroy();
  }
}

async function probeHttp(text: string, signal: AbortSignal): Promise<string | null> {
  const url = parseHttpCheck(text);
  if (typeof url === 'string') return url;
  // Not fetch, which refuses some ports that a program may well have.
  const request = (url.protocol === 'https:' ? https : http).get(url, { signal, agent: false });
  try {
    const [answer]: unknown[] = await once(request, 'response');
    const status = answer instanceof http.IncomingMessage ? (answer.statusCode ?? 0) : 0;
    return status >= 200 && status < 400 ? null : `${shown(url)} answers ${status}`;
  } catch (error) {
    if (signal.aborted) return `${shown(url)} does not answer`;
    return `${shown(url)} cannot be reached${codeOf(error)}`;
  } finally {
    request.once('error', () => undefined).destroy();
  }
}

/** Without what a URL may hold of a login. */
function shown({ host, pathname }: URL): string {
  return `${host}${pathname}`;
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return typeof code === 'string' && code !== 'ECONNREFUSED' ? ` (${code})` : '';
}

type CommandPlace = ProbePlace & { readonly signal: AbortSignal };

async function probeCommand(text: string, { directory, env, signal }: CommandPlace): Promise<string | null> {
  // A group of its own: what a shell started ends with it.
  const child = spawn('/bin/sh', ['-c', text], { cwd: directory, env, stdio: 'ignore', detached: true });
  const abort = () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    const [code, ended] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (...how) => resolve(how));
    });
    if (code === 0) return null;
    if (signal.aborted) return `its command takes more than ${ONCE_MS / 1_000} s`;
    return `its command exited with ${code ?? 128 + constants.signals[ended ?? 'SIGKILL']}`;
  } catch (error) {
    return `its command cannot be run${codeOf(error)}`;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** What was found once, has been written. */
function createLogProbe(text: string, { logs }: ProbePlace): Probe {
  const parsed = parseRegex(text, { exact: true });
  const followers = logs.map(({ path, from }) => createFileFollower(path, from));
  let found = false;
  return {
    ask: async () => {
      if (!parsed.ok) return parsed.message;
      found ||= followers.some((follower) => follower.read().some((line) => parsed.regex.test(line)));
      return found ? null : `its log does not say "${text}"`;
    },
    close: () => followers.forEach((follower) => follower.end()),
  };
}
