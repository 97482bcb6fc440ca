import type { ProcessAction, SupervisorAction } from '../../core/model.ts';
import { escapeText } from '../../core/view/escape.ts';
import { CliError } from '../cli-error.ts';
import type { Invocation } from '../argv/command.ts';
import { EXIT } from '../exit-codes.ts';

export type Confirmation = {
  readonly action: ProcessAction | SupervisorAction;
  readonly targets: readonly string[];
  /** Supervisors that the configuration protects. */
  readonly protectedOnes: readonly string[];
  /** What comes of it that nobody would think of, in sentences. */
  readonly consequences?: readonly string[];
};

const SHOWN = 12;
/** Without somebody to ask, these are refused for more than one target. */
const GRAVE: readonly Confirmation['action'][] = ['stop', 'restart', 'reload', 'shutdown'];
/** These end or restart everything on a host: asked for a single one, too. */
const GRAVEST: readonly Confirmation['action'][] = ['reload', 'shutdown'];

/** Returns when it may be done; a CliError says why not. */
export async function confirm(invocation: Invocation, confirmation: Confirmation): Promise<void> {
  const { action, targets, protectedOnes, consequences = [] } = confirmation;
  const { io } = invocation;
  if (invocation.isOn('yes')) return;
  const several = targets.length > 1;
  const warned = consequences.map((text) => `  ${escapeText(text)}\n`).join('');
  if (!io.interactive) {
    if (several && GRAVE.includes(action)) {
      throw new CliError(`${action} of ${targets.length} targets needs -y, because there is no terminal to ask at`);
    }
    if (protectedOnes.length > 0) {
      throw new CliError(`${protectedOnes.join(', ')} is protected in the configuration: ${action} needs -y`);
    }
    io.err(warned);
    return;
  }
  if (!several && protectedOnes.length === 0 && warned === '' && !GRAVEST.includes(action)) return;
  const supervisors = new Set(targets.map((target) => target.split(':')[0])).size;
  const shown = targets.slice(0, SHOWN).map((target) => `  ${escapeText(target)}`);
  if (targets.length > SHOWN) shown.push(`  … and ${targets.length - SHOWN} more`);
  const guarded = protectedOnes.map((name) => `  ${escapeText(name)} is protected in the configuration`);
  const what = `${action} ${targets.length} on ${supervisors} supervisor${supervisors === 1 ? '' : 's'}`;
  io.err(`${[...shown, ...guarded].join('\n')}\n${warned}`);
  const answer = await io.ask(`${what}? [y/N] `);
  if (/^y(es)?$/iu.test(answer.trim())) return;
  throw new CliError('nothing was done', EXIT.generic);
}
