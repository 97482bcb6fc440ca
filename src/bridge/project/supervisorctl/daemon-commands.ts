// reread, update, reload, add, remove, avail, version, shutdown: what concerns supervisord as a whole.
import * as v from 'valibot';
import { pause } from '../../link/pause.ts';
import type { ControlClient } from '../daemon/supervisord-client.ts';
import type { CtlCommand, CtlContext } from './context.ts';
import { attempt, processesSchema, resultsSchema } from './context.ts';
import { CTL_HELP } from './help.ts';
import type { Difference } from './texts.ts';
import { FAULT } from '../../supervisord-api/xml-rpc/faults.ts';
import { CTL_EXIT, availLine, differenceLines } from './texts.ts';
import { LinkFailure } from '../../link/link-failure.ts';
import { withDeadline } from '../../link/deadline.ts';
import { askPid, isAbsent, isEnding, withClient } from '../daemon/find-running.ts';
import { settle } from '../daemon/start.ts';
import { stopAll } from '../daemon/stop-all.ts';
import { readOrderPlan } from '../order/order-plan.ts';
import { RpcFault } from '../../supervisord-api/xml-rpc/rpc.ts';
import { isPidAlive } from '../run-directory/orphans.ts';

const differenceSchema = v.tuple([v.tuple([v.array(v.string()), v.array(v.string()), v.array(v.string())])]);

const configsSchema = v.array(
  v.object({
    group: v.string(),
    name: v.string(),
    inuse: v.boolean(),
    autostart: v.boolean(),
    group_prio: v.number(),
    process_prio: v.number(),
  }),
);

/** Programs may take their stopwaitsecs, ten seconds by default, and are stopped one priority after the other. */
const GONE_MS = 120_000;
const SETTLE_MS = 5_000;
const POLL_EVERY_MS = 20;

/** A command that takes no arguments. */
function alone(name: string, command: (context: CtlContext) => Promise<void>): CtlCommand {
  return async (context, args) => {
    if (args.length === 0) return command(context);
    fail(context, `Error: ${name} accepts no arguments`);
    context.line(CTL_HELP[name] ?? '');
  };
}

export const ctlAvail = alone('avail', async (context) => {
  const configs = v.parse(configsSchema, await context.client.ask('supervisor.getAllConfigInfo'));
  configs.forEach((config) => context.line(availLine(config)));
});

export const ctlVersion = alone('version', async (context) => {
  context.line(String(await context.client.ask('supervisor.getSupervisorVersion')));
});

export const ctlReread = alone('reread', async (context) => {
  const difference = await readAgain(context);
  if (difference) differenceLines(difference).forEach((line) => context.line(line));
});

export const ctlAdd: CtlCommand = async (context, names) => {
  for (const name of names) {
    const answer = await attempt(() => context.client.ask('supervisor.addProcessGroup', name));
    if (answer.ok) context.line(`${name}: added process group`);
    else if (answer.fault === FAULT.ALREADY_ADDED) context.line('ERROR: process group already active');
    else
      fail(
        context,
        answer.fault === FAULT.BAD_NAME ? `ERROR: no such process/group: ${name}` : `ERROR: ${answer.words}`,
      );
  }
};

export const ctlRemove: CtlCommand = async (context, names) => {
  for (const name of names) {
    const answer = await attempt(() => context.client.ask('supervisor.removeProcessGroup', name));
    if (answer.ok) context.line(`${name}: removed process group`);
    else if (answer.fault === FAULT.STILL_RUNNING) fail(context, `ERROR: process/group still running: ${name}`);
    else
      fail(
        context,
        answer.fault === FAULT.BAD_NAME ? `ERROR: no such process/group: ${name}` : `ERROR: ${answer.words}`,
      );
  }
};

export const ctlUpdate: CtlCommand = async (context, names) => {
  const { client } = context;
  const difference = await readAgain(context);
  if (!difference) return;
  const wanted = new Set(names.includes('all') ? [] : names);
  if (wanted.size > 0) {
    const all = v.parse(processesSchema, await client.ask('supervisor.getAllProcessInfo'));
    const groups = new Set([...all.map(({ group }) => group), ...difference.added]);
    [...wanted].filter((name) => !groups.has(name)).forEach((name) => fail(context, `ERROR: no such group: ${name}`));
  }
  const chosen = (groups: readonly string[]) => groups.filter((group) => wanted.size === 0 || wanted.has(group));
  await client.hurry(async () => {
    const [removed, changed] = [chosen(difference.removed), chosen(difference.changed)];
    const all = await Promise.all([...removed, ...changed].map((group) => stopGroup(context, group)));
    const stopped = new Map([...removed, ...changed].map((group, index) => [group, all[index] === true]));
    for (const group of removed) {
      if (stopped.get(group) !== true) continue;
      await client.ask('supervisor.removeProcessGroup', group);
      await context.endLeftBehind();
      context.line(`${group}: removed process group`);
    }
    for (const group of changed) {
      await client.ask('supervisor.removeProcessGroup', group);
      await context.endLeftBehind();
      await client.ask('supervisor.addProcessGroup', group);
      context.line(`${group}: updated process group`);
    }
    for (const group of chosen(difference.added)) {
      await client.ask('supervisor.addProcessGroup', group);
      context.line(`${group}: added process group`);
    }
  });
  await settle(client, { signal: withDeadline(context.world.signal, SETTLE_MS) });
};

export const ctlReload = alone('reload', async (context) => {
  if (!(await context.confirm('Really restart the remote supervisord process y/N? '))) return;
  const endpoint = await context.renderAgain({ restart: true });
  if (!endpoint) return;
  await stopFirst(context);
  const answer = await attempt(() => context.client.ask('supervisor.restart'));
  if (!answer.ok) return fail(context, 'ERROR: already shutting down');
  context.line('Restarted supervisord');
  const signal = withDeadline(context.world.signal, GONE_MS);
  await withClient(endpoint, signal, async (client) => {
    await untilItRunsAgain(context.client, client, signal);
    await context.endLeftBehind();
    await settle(client, { signal: withDeadline(signal, SETTLE_MS) });
  });
});

export const ctlShutdown = alone('shutdown', async (context) => {
  if (!(await context.confirm('Really shut the remote supervisord process down y/N? '))) return;
  const { client, world } = context;
  const daemon = await askPid(client);
  await stopFirst(context);
  const answer = await attempt(() => client.ask('supervisor.shutdown'));
  if (!answer.ok) return context.line('ERROR: already shutting down');
  context.line('Shut down');
  // Whoever asked for it wants it gone; each poll also wakes its loop.
  const signal = withDeadline(world.signal, GONE_MS);
  const lives = async () => (await stateOf(client)) !== null || (daemon !== null && isPidAlive(daemon));
  while (!signal.aborted && (await lives())) await pause(POLL_EVERY_MS, signal);
  if (daemon !== null) await context.endLeftBehind(daemon);
});

/** Of a project: side by side, what supervisord would do one after the other. */
async function stopFirst({ client, run, world }: CtlContext): Promise<void> {
  if (run === null) return;
  try {
    await stopAll(client, { order: readOrderPlan(run), signal: world.signal });
  } catch (error) {
    // What is asked for next ends them too, if one after the other; and it is that which has to be answered.
    if (!(error instanceof RpcFault || error instanceof LinkFailure)) throw error;
  }
}

/** Null when it was refused; then it has been said. */
async function readAgain(context: CtlContext): Promise<Difference | null> {
  if (!(await context.renderAgain({ restart: false }))) return null;
  const answer = await attempt(() => context.client.ask('supervisor.reloadConfig'));
  if (answer.ok) {
    const [[added, changed, removed]] = v.parse(differenceSchema, answer.value);
    return { added, changed, removed };
  }
  fail(context, answer.fault === FAULT.SHUTDOWN_STATE ? 'ERROR: supervisor shutting down' : `ERROR: ${answer.words}`);
  return null;
}

async function stopGroup(context: CtlContext, group: string): Promise<boolean> {
  const results = v.parse(resultsSchema, await context.client.ask('supervisor.stopProcessGroup', group));
  context.line(`${group}: stopped`);
  if (!results.some(({ status }) => status === FAULT.FAILED)) return true;
  fail(context, `${group}: has problems; not removing`);
  return false;
}

/** The old one refuses to answer until it is gone; then its successor listens, perhaps elsewhere. */
async function untilItRunsAgain(old: ControlClient, next: ControlClient, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    if ((await stateOf(next)) === 1) return;
    // Wakes the loop that still has to end its programs.
    await stateOf(old);
    await pause(POLL_EVERY_MS, signal);
  }
}

async function stateOf(client: ControlClient): Promise<number | null> {
  try {
    const answer = v.parse(v.object({ statecode: v.number() }), await client.ask('supervisor.getState'));
    return answer.statecode;
  } catch (error) {
    if (isAbsent(error)) return null;
    if (isEnding(error)) return 0;
    throw error;
  }
}

function fail(context: CtlContext, words: string): void {
  context.line(words);
  context.exit(CTL_EXIT.generic);
}
