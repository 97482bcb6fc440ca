// tail, maintail, fg: what programs write, and what one writes to them.
import * as v from 'valibot';
import { LinkFailure, isMissing } from '../../link/link-failure.ts';
import type { CtlCommand, CtlContext } from './context.ts';
import { attempt, processSchema } from './context.ts';
import { CTL_HELP } from './help.ts';
import { FAULT } from '../../supervisord-api/xml-rpc/faults.ts';
import { CTL_EXIT } from './texts.ts';

const BYTES = 1600;

export const ctlTail: CtlCommand = async (context, args) => {
  const modifier = args[0]?.startsWith('-') ? args[0] : null;
  const [name, channel = 'stdout', ...others] = modifier === null ? args : args.slice(1);
  if (name === undefined) {
    if (modifier === null) return fail(context, 'Error: too few arguments', 'tail');
    return fail(context, 'Error: tail requires process name');
  }
  if (args.length > 3) return fail(context, 'Error: too many arguments', 'tail');
  // supervisorctl takes the last word for the stream.
  const stream = (others.at(-1) ?? channel).toLowerCase();
  if (stream !== 'stdout' && stream !== 'stderr') return fail(context, `Error: bad channel '${stream}'`);
  if (modifier === '-f') {
    if (!(await follow(context, [logPath(name, stream)]))) context.exit(CTL_EXIT.generic);
    return;
  }
  const bytes = toBytes(modifier);
  if (bytes === null) return fail(context, `Error: bad argument ${modifier}`);
  const method = stream === 'stdout' ? 'readProcessStdoutLog' : 'readProcessStderrLog';
  await show(context, name, () => context.client.ask(`supervisor.${method}`, name, -bytes, 0));
};

export const ctlMaintail: CtlCommand = async (context, args) => {
  if (args.length > 1) return fail(context, 'Error: too many arguments', 'maintail');
  const modifier = args[0] ?? null;
  if (modifier === '-f') {
    if (!(await follow(context, ['/mainlogtail']))) context.exit(CTL_EXIT.generic);
    return;
  }
  const bytes = modifier?.startsWith('-') === false ? null : toBytes(modifier);
  if (bytes === null) return fail(context, `Error: bad argument ${modifier}`);
  await show(context, 'supervisord', () => context.client.ask('supervisor.readLog', -bytes, 0));
};

export const ctlForeground: CtlCommand = async (context, [name, ...others]) => {
  const { client, world } = context;
  if (name === undefined) return fail(context, 'ERROR: no process name supplied', 'fg');
  if (others.length > 0) return fail(context, 'ERROR: too many process names supplied');
  const answer = await attempt(() => client.ask('supervisor.getProcessInfo', name));
  if (!answer.ok) {
    return fail(
      context,
      answer.fault === FAULT.BAD_NAME ? 'ERROR: bad process name supplied' : `ERROR: ${answer.words}`,
    );
  }
  if (v.parse(processSchema, answer.value).statename !== 'RUNNING') return fail(context, 'ERROR: process not running');

  const ended = new AbortController();
  const signal = AbortSignal.any([world.signal, ended.signal]);
  const paths = [logPath(name, 'stdout'), logPath(name, 'stderr')];
  const watching = follow(context, paths, signal);
  for (;;) {
    const line = await context.nextLine(signal);
    if (line === null) break;
    const sent = await attempt(() => client.ask('supervisor.sendProcessStdin', name, `${line}\n`));
    if (sent.ok && (await isRunning(context, name))) continue;
    context.line(sent.ok || sent.fault === FAULT.NOT_RUNNING ? 'Process got killed' : `ERROR: ${sent.words}`);
    break;
  }
  ended.abort();
  await watching;
  context.line('Exiting foreground');
};

async function isRunning({ client }: CtlContext, name: string): Promise<boolean> {
  const answer = await attempt(() => client.ask('supervisor.getProcessInfo', name));
  return answer.ok && v.parse(processSchema, answer.value).statename === 'RUNNING';
}

/** Until Ctrl-C, or until supervisord ends the streams. False when there was none. */
async function follow(context: CtlContext, paths: readonly string[], signal = context.world.signal): Promise<boolean> {
  context.line('==> Press Ctrl-C to exit <==');
  const told = await Promise.all(
    paths.map(async (path) => {
      try {
        const stream = await context.client.open(path, signal);
        for await (const chunk of stream.setEncoding('utf8')) context.world.out(String(chunk));
      } catch (error) {
        // How one leaves it.
        if (signal.aborted) return true;
        // Such as the one of two logs that a program does not have: the other goes on.
        const words = describe(error);
        context.world.err(`${context.client.endpoint.serverurl}${path} ${words}\n`);
        return false;
      }
      return true;
    }),
  );
  return told.includes(true);
}

function describe(error: unknown): string {
  const missing = error instanceof LinkFailure && isMissing(error);
  if (missing) return 'there is no such log';
  return error instanceof Error ? error.message : String(error);
}

async function show(context: CtlContext, name: string, read: () => Promise<unknown>): Promise<void> {
  const answer = await attempt(read);
  if (answer.ok) return context.line(String(answer.value));
  const words = new Map<number, string>([
    [FAULT.NO_FILE, 'no log file'],
    [FAULT.FAILED, 'unknown error reading log'],
    [FAULT.BAD_NAME, 'no such process name'],
  ]);
  fail(context, `${name}: ERROR (${words.get(answer.fault) ?? answer.words})`);
}

function logPath(name: string, stream: 'stdout' | 'stderr'): string {
  return `/logtail/${encodeURIComponent(name)}/${stream}`;
}

function toBytes(modifier: string | null): number | null {
  if (modifier === null) return BYTES;
  return /^-\d+$/u.test(modifier) ? Number(modifier.slice(1)) : null;
}

function fail(context: CtlContext, words: string, help?: string): void {
  context.line(words);
  if (help !== undefined) context.line(CTL_HELP[help] ?? '');
  context.exit(CTL_EXIT.generic);
}
