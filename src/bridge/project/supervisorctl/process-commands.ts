// start, stop, restart, signal, clear, status, pid: what concerns single processes.
import * as v from 'valibot';
import type { CtlCommand, CtlContext } from './context.ts';
import { attempt, processSchema, processesSchema, resultsSchema } from './context.ts';
import type { CtlAct, ProcessResult } from './texts.ts';
import { addNotes, dropWaiting, startWaiting } from './ordered.ts';
import { CTL_HELP } from './help.ts';
import { FAULT } from '../../supervisord-api/xml-rpc/faults.ts';
import { CTL_EXIT, resultExit, resultText, splitNamespec, statusExit, statusLines } from './texts.ts';

type Methods = {
  readonly all: string;
  readonly one: string;
  /** Null: supervisord has none for a group. */
  readonly group: string | null;
};

const METHODS: Readonly<Record<CtlAct, Methods>> = {
  start: { all: 'startAllProcesses', group: 'startProcessGroup', one: 'startProcess' },
  stop: { all: 'stopAllProcesses', group: 'stopProcessGroup', one: 'stopProcess' },
  signal: { all: 'signalAllProcesses', group: 'signalProcessGroup', one: 'signalProcess' },
  clear: { all: 'clearAllProcessLogs', group: null, one: 'clearProcessLogs' },
};

/** One line for each process, in the order of the arguments; supervisord is asked for all of them at once. */
async function act(
  context: CtlContext,
  kind: CtlAct,
  { names, more = [] }: { names: readonly string[]; more?: string[] },
) {
  const { client } = context;
  const methods = METHODS[kind];
  const call = (method: string, ...params: readonly unknown[]) => client.ask(`supervisor.${method}`, ...params);

  const actOn = async (text: string): Promise<readonly ProcessResult[] | string> => {
    const { group, name } = splitNamespec(text);
    if (name === null && methods.group !== null) {
      const answer = await attempt(() => call(methods.group ?? '', group, ...more));
      if (answer.ok) return v.parse(resultsSchema, answer.value);
      return answer.fault === FAULT.BAD_NAME
        ? group
        : [{ group, name: '*', status: answer.fault, description: answer.words }];
    }
    const answer = await attempt(() => call(methods.one, text, ...more));
    const status = answer.ok ? FAULT.SUCCESS : answer.fault;
    return [{ group, name: name ?? '*', status, description: answer.ok ? '' : answer.words }];
  };

  // What a program left when it crashed may hold its port.
  if (kind === 'start') await context.endLeftBehind();
  await client.hurry(async () => {
    const results = names.includes('all')
      ? [v.parse(resultsSchema, await call(methods.all, ...more))]
      : await Promise.all(names.map(actOn));
    for (const result of results) {
      if (typeof result === 'string') {
        context.line(`${result}: ERROR (no such group)`);
        context.exit(kind === 'start' ? CTL_EXIT.invalid : CTL_EXIT.generic);
        continue;
      }
      for (const each of result) {
        context.line(resultText(kind, each));
        const code = resultExit(kind, each.status);
        if (code !== null) context.exit(code);
      }
    }
  });
  if (kind === 'stop') await context.endLeftBehind();
}

/** What waits for others is known to `readiness` only: it is told. */
async function actInOrder(context: CtlContext, kind: 'start' | 'stop' | 'clear', names: readonly string[]) {
  const rest =
    kind === 'start' ? await startWaiting(context, names) : kind === 'stop' ? await dropWaiting(context, names) : names;
  if (rest.length > 0) await act(context, kind, { names: rest });
}

function toAct(kind: 'start' | 'stop' | 'clear', exit: number): CtlCommand {
  return async (context, names) => {
    if (names.length > 0) return actInOrder(context, kind, names);
    tooFew(context, `Error: ${kind} requires a process name`, { help: kind, exit });
  };
}

export const ctlStart = toAct('start', CTL_EXIT.invalid);
export const ctlStop = toAct('stop', CTL_EXIT.generic);
export const ctlClear = toAct('clear', CTL_EXIT.generic);

export const ctlRestart: CtlCommand = async (context, names) => {
  if (names.length === 0) {
    return tooFew(context, 'Error: restart requires a process name', { help: 'restart', exit: CTL_EXIT.generic });
  }
  await actInOrder(context, 'stop', names);
  await actInOrder(context, 'start', names);
};

export const ctlSignal: CtlCommand = async (context, [name, ...names]) => {
  if (name === undefined || names.length === 0) {
    const words = 'Error: signal requires a signal name and a process name';
    return tooFew(context, words, { help: 'signal', exit: CTL_EXIT.generic });
  }
  await act(context, 'signal', { names, more: [name] });
};

export const ctlStatus: CtlCommand = async (context, names) => {
  const all = v.parse(processesSchema, await context.client.ask('supervisor.getAllProcessInfo'));
  let unknown = false;
  const rows =
    names.length === 0 || names.includes('all')
      ? all
      : names.flatMap((text) => {
          const { group, name } = splitNamespec(text);
          const matching = all.filter((each) => each.group === group && (name === null || each.name === name));
          if (matching.length > 0) return matching;
          unknown = true;
          context.line(name === null ? `${group}: ERROR (no such group)` : `${text}: ERROR (no such process)`);
          return [];
        });
  const noted = addNotes(context, { rows, all });
  statusLines(noted).forEach((line) => context.line(line));
  const code = statusExit(noted);
  if (code !== CTL_EXIT.ok || unknown) context.exit(code === CTL_EXIT.ok ? CTL_EXIT.unknown : code);
};

export const ctlPid: CtlCommand = async (context, names) => {
  const { client } = context;
  if (names.length === 0) return context.line(String(await client.ask('supervisor.getPID')));
  if (names.includes('all')) {
    const all = v.parse(processesSchema, await client.ask('supervisor.getAllProcessInfo'));
    return all.forEach((each) => context.line(String(each.pid)));
  }
  for (const name of names) {
    const answer = await attempt(() => client.ask('supervisor.getProcessInfo', name));
    if (answer.ok) {
      const { pid: found } = v.parse(processSchema, answer.value);
      context.line(String(found));
      if (found === 0) context.exit(CTL_EXIT.notRunning);
    } else {
      context.line(answer.fault === FAULT.BAD_NAME ? `No such process ${name}` : `${name}: ERROR (${answer.words})`);
      context.exit(CTL_EXIT.generic);
    }
  }
};

function tooFew(context: CtlContext, words: string, { help, exit }: { help: string; exit: number }): void {
  context.line(words);
  context.line(CTL_HELP[help] ?? '');
  context.exit(exit);
}
