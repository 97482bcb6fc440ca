import { EXIT } from './exit-codes.ts';
import { createIo } from './io/io.ts';
import { faultLine, spreadLastNet } from './last-net.ts';
import { main } from './main.ts';

/** Runs the process's own command line, and ends the process with its exit code. */
export async function run(host: NodeJS.Process): Promise<void> {
  const net = spreadLastNet(host);
  try {
    const code = await main(host.argv.slice(2), { ...createIo(host), keepAlive: net.keepAlive });
    // What cannot be written is reported a turn later, and must not end as if all were well.
    await new Promise<void>((resolve) => host.stdout.write('', () => resolve()));
    host.exit(code);
  } catch (error) {
    const gone = isDirectoryGone(error);
    host.stderr.write(`multivisor: ${gone ? DIRECTORY_GONE : faultLine(error)}\n`);
    host.exit(gone ? EXIT.usage : EXIT.generic);
  }
}

const DIRECTORY_GONE = 'the current directory does not exist any more: cd to one that does';

function isDirectoryGone(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && error.syscall === 'uv_cwd';
}
