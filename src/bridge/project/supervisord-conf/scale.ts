// `--scale web=2`: more than one of a program, each with a port of its own.
import type { Layer, ConfOrigin, Merged } from './layers.ts';
import { toConfSection } from './layers.ts';
import { sectionOf } from './built-in-layers.ts';

const ORIGIN: ConfOrigin = { via: 'command line', file: null, line: null, detail: '--scale' };
const PORT = /(?<=(?:^|,)PORT=")\d+(?=")/u;

/** `asked`: `web=2`, `web=2,worker=0`. */
export function toScaleLayer(asked: readonly string[], files: Merged): Layer {
  return asked
    .flatMap((each) => each.split(','))
    .map((each) => {
      const at = each.lastIndexOf('=');
      const section = sectionOf(each.slice(0, at), '--scale', files);
      const count = Number(each.slice(at + 1));
      return toConfSection(section, valuesFor(count, section, files), ORIGIN);
    });
}

function valuesFor(count: number, section: string, files: Merged): Readonly<Record<string, string>> {
  if (count === 0) return { exclude: 'true' };
  const settings = files.get(section);
  const name = settings?.get('process_name')?.value;
  const numprocs = { exclude: 'false', numprocs: String(count) };
  if (count === 1 || name?.includes('%(process_num)') === true) return numprocs;
  const environment = settings?.get('environment')?.value ?? '';
  const port = PORT.exec(environment)?.[0];
  // supervisord counts them, and cannot add: a process with a port is called after it.
  return {
    ...numprocs,
    process_name: '%(program_name)s.%(process_num)d',
    numprocs_start: port ?? settings?.get('numprocs_start')?.value ?? '1',
    ...(port === undefined ? {} : { environment: environment.replace(PORT, '%(process_num)d') }),
  };
}
