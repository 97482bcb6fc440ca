import { CliError } from '../cli-error.ts';
import type { CliCommand, Invocation } from '../argv/command.ts';
import { findConfig } from '../config/find-config.ts';
import { EXIT } from '../exit-codes.ts';
import { formatDiagnostics } from '../config/load-config.ts';
import { toJson } from '../output/json.ts';

export const configCommand: CliCommand = {
  name: 'config',
  summary: 'Check the configuration',
  args: 'check',
  completes: ['check'],
  options: ['json'],
  examples: [
    { line: 'multivisor config check', says: 'which file counts, and everything that is wrong in it' },
    { line: 'multivisor config check -c new.conf && mv new.conf multivisor.conf', says: 'before it is put in place' },
  ],
  run,
};

async function run(invocation: Invocation): Promise<number> {
  const { io, args } = invocation;
  if (args[0] !== 'check' || args.length > 1) throw new CliError('say what to do with it: multivisor config check');
  const { path, config, diagnostics, local } = findConfig(invocation.text('config'), io);
  if (invocation.isOn('json')) {
    const supervisors = config?.supervisors.map(({ name, url }) => ({ name, url })) ?? [];
    io.out(`${toJson({ file: path, ok: config !== null, local, supervisors, diagnostics }, 2)}\n`);
  } else {
    if (diagnostics.length > 0) io.out(`${formatDiagnostics(diagnostics)}\n`);
    const count = config?.supervisors.length ?? 0;
    const kind = local ? " (supervisord's own: this machine alone)" : '';
    if (config) io.out(`${path}${kind}: ok, ${count} supervisor${count === 1 ? '' : 's'}\n`);
  }
  return config ? EXIT.ok : EXIT.usage;
}
