// The question of core/consent.ts at a terminal; without one, what it would ask for needs -y.
import { askConsent } from '../../core/consent.ts';
import type { Question } from '../../core/consent.ts';
import type { Snapshot } from '../../core/model.ts';
import type { Orders } from '../../core/orders.ts';
import { escapeText } from '../../core/view/escape.ts';
import { CliError } from '../cli-error.ts';
import type { Invocation } from '../argv/command.ts';
import { EXIT } from '../exit-codes.ts';

const SHOWN = 12;

/** Returns when it may be sent; a CliError says why not. What nobody could do is refused by the outcomes, with their codes. */
export async function confirm(invocation: Invocation, snapshot: Snapshot, orders: Orders): Promise<void> {
  const { io } = invocation;
  if (invocation.isOn('yes')) return;
  const consent = askConsent(snapshot, orders);
  if (consent.kind !== 'asked') return;
  const { question, weight } = consent;
  if (weight.kind === 'slip') return;
  if (!io.interactive) {
    throw new CliError(
      escapeText(`${orders.action} needs -y, because there is no terminal to ask at: ${weight.because}`),
    );
  }
  io.err(toText(orders, question));
  const { title, typed } = question;
  const answer = await io.ask(escapeText(typed === null ? `${title} [y/N] ` : `${title} Type ${typed} to go on: `));
  if (typed === null ? /^y(es)?$/iu.test(answer.trim()) : answer.trim() === typed) return;
  throw new CliError('nothing was done', EXIT.generic);
}

function toText({ targets }: Orders, { consequences, remarks }: Question): string {
  const shown = targets.length === 1 ? [] : targets.slice(0, SHOWN);
  const more = targets.length > SHOWN ? [`… and ${targets.length - SHOWN} more`] : [];
  return [...shown, ...more, ...remarks, ...consequences].map((line) => `  ${escapeText(line)}\n`).join('');
}
