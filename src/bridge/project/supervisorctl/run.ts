// The control commands of supervisorctl over the supervisord of a project.
import { createInterface } from 'node:readline';
import { LinkFailure } from '../../link/link-failure.ts';
import { RpcFault } from '../../supervisord-api/xml-rpc/rpc.ts';
import { didYouMean } from '../../../core/config/nearest.ts';
import { parseAddress } from '../../../core/config/parse-address.ts';
import type { ControlEndpoint } from '../supervisord-conf/control-channel.ts';
import type { CtlCommand, CtlContext } from './context.ts';
import type { TypedLineReader } from './line-reader.ts';
import { createTypedLineReader } from './line-reader.ts';
import {
  ctlAdd,
  ctlAvail,
  ctlReload,
  ctlRemove,
  ctlReread,
  ctlShutdown,
  ctlUpdate,
  ctlVersion,
} from './daemon-commands.ts';
import { ctlForeground, ctlMaintail, ctlTail } from './log-commands.ts';
import { ctlClear, ctlPid, ctlRestart, ctlSignal, ctlStart, ctlStatus, ctlStop } from './process-commands.ts';
import { CTL_HELP, CTL_OVERVIEW } from './help.ts';
import { CTL_EXIT } from './texts.ts';
import type { LoadedProject } from '../load-project.ts';
import type { ProjectOptions } from '../options.ts';
import { ProjectError } from '../project-error.ts';
import { readState } from '../run-directory/state-file.ts';
import type { ProjectWorld } from '../project-world.ts';
import type { KnownProject } from '../daemon/find-running.ts';
import { askPid, withClient } from '../daemon/find-running.ts';
import { loadAsStarted } from '../daemon/load-as-started.ts';
import { writeRun } from '../daemon/start.ts';
import { endLeftBehind, endOrphans, findOrphans } from '../run-directory/orphans.ts';

const help: CtlCommand = async (context, [topic]) => {
  context.line(topic === undefined ? CTL_OVERVIEW : (CTL_HELP[topic] ?? `*** No help on ${topic}`));
};

/** Ends a shell, and does nothing elsewhere. */
const leave: CtlCommand = async (context) => context.line('');

const COMMANDS: ReadonlyMap<string, CtlCommand> = new Map([
  ['status', ctlStatus],
  ['start', ctlStart],
  ['stop', ctlStop],
  ['restart', ctlRestart],
  ['signal', ctlSignal],
  ['clear', ctlClear],
  ['pid', ctlPid],
  ['tail', ctlTail],
  ['maintail', ctlMaintail],
  ['fg', ctlForeground],
  ['avail', ctlAvail],
  ['version', ctlVersion],
  ['reread', ctlReread],
  ['update', ctlUpdate],
  ['add', ctlAdd],
  ['remove', ctlRemove],
  ['reload', ctlReload],
  ['shutdown', ctlShutdown],
  ['help', help],
  ['exit', leave],
  ['quit', leave],
]);

export const CTL_NAMES: readonly string[] = [...COMMANDS.keys(), 'open'];

export type CtlCall = { readonly name: string; readonly args: readonly string[] };

export type CtlOptions = {
  readonly known: KnownProject;
  readonly options: ProjectOptions;
  readonly world: ProjectWorld;
  readonly confirm?: (question: string) => Promise<boolean>;
  /** Of a shell, whose next line it is otherwise. */
  readonly nextLine?: CtlContext['nextLine'];
  /** Another supervisord than the project's, which a shell has opened. */
  readonly opened?: ControlEndpoint | null;
  readonly onOpen?: (endpoint: ControlEndpoint) => void;
};

/** Opened when it is first asked: whoever has nothing to type, needs no one who listens. */
function readLines(world: ProjectWorld): CtlContext['nextLine'] {
  let lines: TypedLineReader | null = null;
  return (signal) => {
    lines ??= createTypedLineReader(createInterface({ input: world.stdin, terminal: false }));
    return lines.next(signal);
  };
}

/** Runs one command; the exit code is supervisorctl's. */
export async function runCtl(call: CtlCall, ctl: CtlOptions): Promise<number> {
  const { known, options, world, confirm, opened = null } = ctl;
  const { name, args } = call;
  const line = (text: string) => world.out(`${text}\n`);
  if (name === 'open') return open(args.join(' '), ctl);
  const command = COMMANDS.get(name);
  if (!command) {
    line(`*** Unknown syntax: ${[name, ...args].join(' ')}`);
    world.err(`there is no command "${name}"${didYouMean(name, CTL_NAMES)}\n`);
    return CTL_EXIT.generic;
  }
  let code: number = CTL_EXIT.ok;
  // The state may have changed since: a shell stays open over a reload.
  const endpoint = opened ?? readState(known.run)?.endpoint ?? known.endpoint;
  return withClient(endpoint, world.signal, async (client) => {
    const context: CtlContext = {
      client,
      world,
      run: opened ? null : known.run,
      line,
      exit: (next) => {
        code = next;
      },
      renderAgain: async ({ restart }) => {
        // Whose configuration is none of ours.
        if (opened) return opened;
        try {
          const loaded = await renderAgain({ known, options, world, restart, pid: await askPid(client) });
          return loaded.endpoint;
        } catch (error) {
          if (!(error instanceof ProjectError)) throw error;
          line(`ERROR: ${error.message}`);
          code = CTL_EXIT.generic;
          return null;
        }
      },
      endLeftBehind: async (supervisord) => {
        // Another supervisord than the project's may be on another host.
        const pid = opened ? null : (supervisord ?? (await askPid(client)));
        if (pid !== null) await endLeftBehind(known.run.dir, { supervisord: pid, signal: world.signal });
      },
      nextLine: ctl.nextLine ?? readLines(world),
      confirm: confirm ?? (() => Promise.resolve(true)),
    };
    try {
      await command(context, args);
      return code;
    } catch (error) {
      if (world.signal.aborted) return code;
      if (error instanceof RpcFault) {
        line(`error: ${error.message}`);
        return CTL_EXIT.generic;
      }
      if (!(error instanceof LinkFailure)) throw error;
      return tellAbsence(error, { name, serverurl: endpoint.serverurl, known: opened ? null : known, world });
    }
  });
}

type Absence = {
  readonly name: string;
  readonly serverurl: string;
  /** Null: it is another supervisord than the project's. */
  readonly known: KnownProject | null;
  readonly world: ProjectWorld;
};

/** supervisorctl's line on stdout, and what to do next beside it. */
async function tellAbsence(failure: LinkFailure, { name, serverurl, known, world }: Absence): Promise<number> {
  const absent = failure.code === 'refused' || failure.code === 'unreachable' || failure.code === 'closed';
  if (!absent) {
    world.out(`error: ${failure.message}\n`);
    return CTL_EXIT.generic;
  }
  const missing = failure.code === 'unreachable';
  const words = missing ? 'no such file' : 'refused connection';
  world.out(name === 'shutdown' ? `ERROR: ${serverurl} ${words} (already shut down?)\n` : `${serverurl} ${words}\n`);
  if (known) await tellOrphans(name, { runDir: known.run.dir, world });
  if (name === 'status') return CTL_EXIT.unknown;
  if (name === 'shutdown') return CTL_EXIT.generic;
  return missing ? CTL_EXIT.notRunning : CTL_EXIT.refused;
}

async function tellOrphans(
  name: string,
  { runDir, world }: { readonly runDir: string; readonly world: ProjectWorld },
): Promise<void> {
  const orphans = findOrphans(runDir);
  if (orphans.length > 0 && name === 'shutdown') {
    const ended = await endOrphans(runDir, { signal: world.signal });
    world.err(`stopped ${ended} processes that an earlier supervisord had left behind\n`);
  } else if (orphans.length > 0) {
    world.err(
      `supervisord is gone, but ${orphans.length} of its processes still run (${orphans.join(', ')}); ` +
        '"multivisor project" stops them and starts anew, "multivisor project shutdown" only stops them\n',
    );
  } else world.err('it does not run; start it with "multivisor project"\n');
}

/** `open URL`: the status of another supervisord, and in a shell also what follows. */
async function open(url: string, ctl: CtlOptions): Promise<number> {
  const parsed = /^(?:http|unix):\/\//u.test(url) ? parseAddress(url, 'localhost') : null;
  if (parsed?.ok !== true || parsed.address.kind === 'multivisor') {
    ctl.world.out('ERROR: url must be http:// or unix://\n');
    if (parsed?.ok === false) ctl.world.err(`${parsed.message}\n`);
    return CTL_EXIT.generic;
  }
  // Its login comes with the URL: that of the project is nobody else's.
  const { address, credentials } = parsed;
  const endpoint: ControlEndpoint = { address, credentials, serverurl: parsed.url };
  ctl.onOpen?.(endpoint);
  const code = await runCtl({ name: 'status', args: [] }, { ...ctl, opened: endpoint });
  return code === CTL_EXIT.generic ? code : CTL_EXIT.ok;
}

type RenderAgain = Pick<CtlOptions, 'known' | 'options' | 'world'> & {
  readonly restart: boolean;
  readonly pid: number | null;
};

async function renderAgain({ known, options, world, restart, pid }: RenderAgain): Promise<LoadedProject> {
  const { loaded, all, place, state } = await loadAsStarted({ known, options, world, pid });
  loaded.warnings.forEach((warning) => world.err(`${warning}\n`));
  // Until it restarts it goes on listening where it does.
  const endpoint = restart ? loaded.endpoint : (state?.endpoint ?? loaded.endpoint);
  // What this call says, holds for this call.
  writeRun({ ...loaded, endpoint }, state?.options ?? all, place);
  return loaded;
}
