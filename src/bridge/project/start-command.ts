// `multivisor project` without a command: supervisord in the foreground, as a daemon, or the one that runs already.
import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import * as v from 'valibot';
import type { ControlEndpoint } from './supervisord-conf/control-channel.ts';
import { processesSchema } from './supervisorctl/context.ts';
import { statusLines, toNamespec } from './supervisorctl/texts.ts';
import { sharesOutputs, showOutput, sizesOf } from './foreground/show-output.ts';
import { clearAfterCrashes } from './daemon/clear-after-crashes.ts';
import { findMainLog } from './supervisord-conf/find-main-log.ts';
import type { Decision } from './foreground/exit-on.ts';
import { awaitDecision, toExitRule } from './foreground/exit-on.ts';
import type { ControlClient } from './daemon/supervisord-client.ts';
import { seedReadings } from './daemon/project-link.ts';
import { loadProject } from './load-project.ts';
import { withDeadline } from '../link/deadline.ts';
import type { ProjectOptions } from './options.ts';
import { ProjectError } from './project-error.ts';
import type { ProjectWorld } from './project-world.ts';
import type { RunDirectory } from './run-directory/paths.ts';
import { withClient } from './daemon/find-running.ts';
import { readOrderPlan } from './order/order-plan.ts';
import { stopAll } from './daemon/stop-all.ts';
import { settle, startProject } from './daemon/start.ts';
import { endLeftBehind, endOrphans, killOrphans } from './run-directory/orphans.ts';

/** A daemon is left alone after that long, whether or not all of its programs have come up. */
const SETTLE_MS = 3_000;

export async function runStart(options: ProjectOptions, world: ProjectWorld): Promise<number> {
  if (options.exitOn !== null && options.daemonize) {
    throw new ProjectError('--exit-on is for the foreground; leave out -d, or ask "multivisor wait"');
  }
  const loaded = await loadProject({ options, place: world, self: world.self, signal: world.signal });
  loaded.warnings.forEach((warning) => world.err(`${warning}\n`));
  const print = options.raw || options.daemonize || sharesOutputs(loaded.merged) ? null : world.printer;
  const mainLog = findMainLog(loaded.merged);
  if (options.exitOn !== null && mainLog === null) {
    throw new ProjectError('--exit-on reads the log of supervisord; give [supervisord] a logfile that is a file');
  }
  const before = sizesOf([...loaded.plan.ignoredPaths, ...(mainLog === null ? [] : [mainLog])]);
  const started = await startProject(loaded, options, { world, quiet: options.daemonize || print !== null });
  const { endpoint, run } = loaded;
  if (started.kind === 'attached') {
    if (options.noAttach)
      throw new ProjectError(`it runs already, with pid ${started.pid}; stop it with "multivisor project shutdown"`);
    world.err(
      `it runs already, with pid ${started.pid}; ` +
        '"multivisor project update" takes up changes of its configuration, "multivisor project tui" shows it\n',
    );
    await withClient(started.endpoint, world.signal, async (client) => showStatus(await client.ask(ALL), world));
    return 0;
  }
  if (started.child === null) {
    await settleDaemon(endpoint, world);
    return 0;
  }
  const ended = new AbortController();
  const names = seedReadings(loaded.merged).map(({ group, name }) => toNamespec(group, name));
  const clearing =
    mainLog === null
      ? Promise.resolve()
      : clearAfterCrashes({
          mainLog,
          from: before.get(mainLog) ?? 0,
          runDir: run.dir,
          supervisord: started.pid,
          signal: ended.signal,
        });
  const show = (client: ControlClient) =>
    print && showOutput({ client, printer: print(names), before, mainLog, ended: ended.signal });
  // What goes wrong with it is told at the end, which does not wait for it.
  const shown = withClient(endpoint, ended.signal, async (client) => show(client)).then(
    () => null,
    (error: unknown) => (error instanceof Error ? error.message : JSON.stringify(error)),
  );
  try {
    const decide = (client: ControlClient, signal: AbortSignal) =>
      options.exitOn === null || mainLog === null
        ? Promise.resolve(null)
        : awaitDecision({
            mode: options.exitOn,
            rule: toExitRule(loaded.merged, loaded.order),
            client,
            run,
            mainLog,
            from: before.get(mainLog) ?? 0,
            signal,
          });
    return await stayWith(started.child, { endpoint, run, world, decide });
  } finally {
    ended.abort();
    await clearing;
    const failure = await shown;
    if (failure !== null) world.err(`the output could not be shown to its end: ${failure}\n`);
  }
}

const ALL = 'supervisor.getAllProcessInfo';

function showStatus(answer: unknown, world: ProjectWorld): void {
  statusLines(v.parse(processesSchema, answer)).forEach((line) => world.out(`${line}\n`));
}

async function settleDaemon(endpoint: ControlEndpoint, world: ProjectWorld): Promise<void> {
  const signal = withDeadline(world.signal, SETTLE_MS);
  await withClient(endpoint, world.signal, async (client) => {
    await settle(client, { signal });
    const all = v.parse(processesSchema, await client.ask(ALL));
    const failed = all.filter(({ statename }) => statename === 'BACKOFF' || statename === 'FATAL');
    failed.forEach(({ name, statename }) => {
      world.err(`${name} is ${statename}; see "multivisor project tail ${name}"\n`);
    });
  });
}

type Staying = {
  readonly endpoint: ControlEndpoint;
  readonly run: RunDirectory;
  readonly world: ProjectWorld;
  /** Resolves when it is to end by itself; null when nothing says so. */
  readonly decide: (client: ControlClient, signal: AbortSignal) => Promise<Decision | null>;
};

/** Until supervisord ends; its exit code. */
async function stayWith(child: ChildProcess, { endpoint, run, world, decide }: Staying): Promise<number> {
  const over = new AbortController();
  // Whatever keeps it from answering, it is told to end.
  const stop = () =>
    void withClient(endpoint, over.signal, (client) =>
      stopAll(client, { order: readOrderPlan(run), signal: over.signal }),
    )
      .catch(() => null)
      .then(() => child.kill('SIGTERM'));
  // The last resort of a second Ctrl-C, and of whatever else ends us early.
  const force = () => {
    killOrphans(run.dir);
    child.kill('SIGKILL');
  };
  const interrupt = () => {
    // Where the key has left its own mark.
    if (world.terminal) world.err('\nall is being stopped; Ctrl-C again ends it at once\n');
    stop();
  };
  process.once('exit', force);
  world.signal.addEventListener('abort', interrupt, { once: true });
  if (world.signal.aborted) interrupt();
  try {
    const settling = withClient(endpoint, over.signal, (client) => settle(client, { signal: over.signal }));
    // It may end before its programs have come up: its end is told below.
    const unsettled = settling.catch(() => null);
    const deciding = withClient(endpoint, over.signal, (client) => decide(client, over.signal)).then((decision) => {
      if (decision === null) return null;
      world.err(`${decision.words}, so all is stopped\n`);
      stop();
      return decision;
    });
    const { code, signal } = await Promise.race([endOf(child), deciding.then(() => endOf(child))]);
    over.abort();
    await unsettled;
    const decision = await deciding;
    const patient = new AbortController().signal;
    if (signal === null) {
      await endLeftBehind(run.dir, { supervisord: child.pid ?? 0, signal: patient });
      return decision?.code ?? code ?? 1;
    }
    const orphans = await endOrphans(run.dir, { signal: patient });
    world.err(
      `supervisord was ended by ${signal}; ${orphans} processes that it left behind were stopped. ` +
        'Start again with "multivisor project"\n',
    );
    return 128 + constants.signals[signal];
  } finally {
    process.off('exit', force);
    world.signal.removeEventListener('abort', interrupt);
  }
}

type End = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

function endOf(child: ChildProcess): Promise<End> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return Promise.resolve({ code: child.exitCode, signal: child.signalCode });
  }
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}
