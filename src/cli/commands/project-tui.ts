import { escapeText } from '../../core/view/escape.ts';
import { runCtl } from '../../bridge/project/supervisorctl/run.ts';
import { loadProject } from '../../bridge/project/load-project.ts';
import type { ProjectArguments } from '../../bridge/project/options.ts';
import { createProjectLink, seedReadings, toSupervisorConfig } from '../../bridge/project/daemon/project-link.ts';
import type { ProjectWorld } from '../../bridge/project/project-world.ts';
import { startProject } from '../../bridge/project/daemon/start.ts';
import { createLocalSession } from '../../core/session/local-session.ts';
import { CliError } from '../cli-error.ts';
import { createEpoch } from '../session/epoch.ts';
import type { Io } from '../io/io.ts';
import { ownFolder } from '../io/own-folder.ts';
import { createNodeClock } from '../session/node-clock.ts';
import { closeSoon, toSpec } from '../session/open-session.ts';

/** Shows the rows of the configuration at once, while its supervisord is being started behind them. */
export async function runProjectTui(
  { options: asked, args }: ProjectArguments,
  { io, world }: { readonly io: Io; readonly world: ProjectWorld },
): Promise<number> {
  const unknown = args.find((arg) => arg !== '--stop');
  if (unknown !== undefined) throw new CliError(`project tui has no option ${unknown}; it knows --stop`);
  if (!world.terminal)
    throw new CliError('the full-screen view needs a terminal; without one: multivisor project status');
  const options = { ...asked, daemonize: true };
  const loading = loadProject({ options, place: world, self: world.self, signal: world.signal });
  // React and Ink take a quarter of a second to load, and rendering the configuration takes Python as long.
  const [loaded, { runTui }] = await Promise.all([loading, import('../../tui/run.ts')]);
  const starting = startProject(loaded, options, { world, quiet: true });
  const supervisor = toSupervisorConfig(loaded.endpoint, { dir: loaded.project.dir, runDir: loaded.run.dir });
  const clock = createNodeClock();
  const session = createLocalSession({
    name: supervisor.name,
    epoch: createEpoch(),
    by: 'project',
    supervisors: [
      {
        spec: toSpec(supervisor),
        link: createProjectLink(supervisor, {
          seeds: seedReadings(loaded.merged),
          ready: starting,
          runDir: loaded.run.dir,
        }),
      },
    ],
    clock,
  });
  try {
    return await runTui({
      session,
      clock,
      title: supervisor.name,
      mode: 'project',
      readOnly: null,
      filter: '',
      theme: null,
      ascii: false,
      color: !io.env['NO_COLOR'],
      keys: {},
      stateDir: ownFolder('state', io),
      commandOptions: [],
      leave: new AbortController().signal,
      onFarewell: (line) => io.err(`multivisor: ${escapeText(line)}\n`),
      stdin: process.stdin,
      stdout: process.stdout,
    });
  } finally {
    await closeSoon(session, clock);
    const started = await starting;
    const { project, run, endpoint } = loaded;
    if (started.kind === 'started' && args.includes('--stop')) {
      // Also after a signal: it is what we were asked to do at the end.
      const calm = { ...world, signal: new AbortController().signal };
      const known = { dir: project.dir, run, state: null, endpoint };
      await runCtl({ name: 'shutdown', args: [] }, { known, options, world: calm });
    } else io.err('the project goes on running; "multivisor project shutdown" stops it\n');
  }
}
