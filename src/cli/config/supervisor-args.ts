import { didYouMean } from '../../core/config/nearest.ts';
import type { Config } from '../../core/config/types.ts';
import { toGlob } from '../../core/glob.ts';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';

/** The configuration with only the supervisors that these globs name; all of them when there is none. */
export function pickSupervisors(config: Config, globs: readonly string[]): Config {
  if (globs.length === 0) return config;
  refuseUnknownSupervisors(
    config.supervisors.map(({ name }) => name),
    globs,
  );
  const supervisors = config.supervisors.filter(({ name }) => globs.some((glob) => toGlob(glob).test(name)));
  return { ...config, supervisors };
}

export function refuseUnknownSupervisors(names: readonly string[], globs: readonly string[]): void {
  const missing = globs.filter((glob) => !names.some((name) => toGlob(glob).test(name)));
  if (missing.length > 0) {
    const lines = missing.map((glob) => {
      const hint = didYouMean(glob, names) || `; there are: ${names.slice(0, 20).join(', ')}`;
      return `there is no supervisor "${glob}"${hint}`;
    });
    throw new CliError(lines.join('\n'), EXIT.notFound);
  }
}
