// `npm run demo`: three real supervisords with living and dying programs, and multivisor on them.
import { attach, demonstrate, isInteractive } from './demonstration/demonstration.ts';
import { findSupervisord } from './peers/find-supervisord.ts';
import { startExample } from './demonstration/start-example.ts';

/** How the example looks once everything has started, failed and ended. */
const SETTLED = [
  ['PLC:wcid00d', 'PLC:wcid01a', '--for', 'fatal'],
  ['calibration', 'alignment', '--for', 'exited'],
  ['CCD:*', 'Vacuum:*', 'Motion:*', '--for', 'running'],
] as const;

await demonstrate(async (signal) => {
  const supervisord = await findSupervisord({ signal });
  process.stderr.write('multivisor: starting three supervisors (examples/full)\n');
  const example = await startExample(supervisord, signal);
  try {
    const multivisor = (args: readonly string[]): Promise<number> =>
      attach([...args, '-c', example.configPath], { signal });
    return isInteractive() ? await multivisor(['tui']) : await showOnce(multivisor);
  } finally {
    process.stderr.write('multivisor: stopping the three supervisors\n');
    await example.stop();
  }
});

async function showOnce(multivisor: (args: readonly string[]) => Promise<number>): Promise<number> {
  for (const wait of SETTLED) {
    const code = await multivisor(['wait', ...wait, '--timeout', '30s']);
    if (code !== 0) return code;
  }
  // What does not run there is meant not to run.
  return multivisor(['status', '--expect', 'running,stopped,exited,fatal']);
}
