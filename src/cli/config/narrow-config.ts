import type { Config } from '../../core/config/types.ts';
import { toGlob } from '../../core/glob.ts';
import type { Selector } from '../../core/select.ts';

/**
 * The configuration without the supervisors that the selectors cannot mean, so that they are neither connected nor
 * waited for. Only what is certain narrows: a full `supervisor:group:name` pattern, and `sup=`.
 */
export function narrowConfig(config: Config, selectors: readonly Selector[]): Config {
  const wanted = selectors.filter((selector) => selector.kind === 'pattern' && !selector.negated);
  const heads = wanted.map(({ text }) => (text.split(':').length > 2 ? text.slice(0, text.indexOf(':')) : '*'));
  const fields = selectors.flatMap((selector) =>
    selector.kind === 'field' && selector.field === 'sup' ? [selector.value.split(',')] : [],
  );
  const known = heads.every((head) => config.supervisors.some(({ name }) => named(name, [head])));
  const supervisors = config.supervisors.filter(
    ({ name }) => (heads.length === 0 || !known || named(name, heads)) && fields.every((globs) => named(name, globs)),
  );
  return { ...config, supervisors };
}

function named(name: string, globs: readonly string[]): boolean {
  return globs.some((glob) => toGlob(glob).test(name));
}
