// What people ask of the alerts of this server, and change of them.
import { randomBytes } from 'node:crypto';
import type { Actor } from '../../core/access/actor.ts';
import { seesEverything } from '../../core/access/actor.ts';
import type { SharedDesk } from '../../core/access/actor-alerts.ts';
import type { AlertsRequest, AlertsResult, AlertsView, Tested } from '../../core/alerts/desk.ts';
import type { Mute } from '../../core/alerts/incident.ts';
import { toTestMessage } from '../../core/alerts/message.ts';
import type { MessageWorld } from '../../core/alerts/message.ts';
import type { AlertConfig } from '../../core/config/alerts-config.ts';
import type { WaitOptions } from '../../core/ports.ts';
import { parseSelectors } from '../../core/select.ts';
import { createChannel } from './channels/create-channel.ts';

const TEST_MS = 10_000;
/** Each is held against each incident. */
const MOST_MUTES = 1_000;

export type DeskWorld = {
  readonly now: () => number;
  readonly view: () => AlertsView;
  readonly mutes: () => readonly Mute[];
  readonly setMutes: (mutes: readonly Mute[]) => void;
  readonly rules: () => readonly AlertConfig[];
  readonly message: () => Omit<MessageWorld, 'lastWords'>;
};

export function createDesk(world: DeskWorld): SharedDesk {
  const answer = (tested: readonly Tested[] = []): AlertsResult => ({ ok: true, view: world.view(), tested });
  const mute = (actor: Actor, { selectors, forMs, why }: Extract<AlertsRequest, { op: 'mute' }>): AlertsResult => {
    const { errors } = parseSelectors(selectors);
    const [wrong] = errors;
    if (wrong) return { ok: false, code: 'failed', message: `${wrong.text}: ${wrong.message}` };
    if (world.mutes().length >= MOST_MUTES) {
      return { ok: false, code: 'failed', message: `there are ${MOST_MUTES} mutes already` };
    }
    const id = `m${randomBytes(4).toString('hex')}`;
    const until = world.now() + forMs;
    const { name: by, supervisors } = actor;
    world.setMutes([...world.mutes(), { id, selectors, supervisors, until, by, why }]);
    return answer();
  };
  const unmute = (actor: Actor, which: string): AlertsResult => {
    const meant = world.mutes().filter(({ id, selectors }) => id === which || selectors.includes(which));
    if (meant.length === 0) return { ok: false, code: 'not-found', message: `nothing is muted by "${which}"` };
    const mayEnd = (one: Mute) =>
      seesEverything(actor) || one.supervisors.every((glob) => actor.supervisors.includes(glob));
    if (!meant.every(mayEnd)) {
      return { ok: false, code: 'not-allowed', message: `"${which}" also mutes supervisors that you do not see` };
    }
    world.setMutes(world.mutes().filter((one) => !meant.includes(one)));
    return answer();
  };
  const test = async (alert: string, wait: WaitOptions): Promise<AlertsResult> => {
    const rule = world.rules().find(({ name }) => name === alert);
    if (!rule) return { ok: false, code: 'not-found', message: `there is no alert "${alert}"` };
    return answer(await testAlert(rule, world.message(), wait));
  };

  return {
    askAs: async (actor, request, wait) => {
      switch (request.op) {
        case 'list':
          return answer();
        case 'mute':
          return mute(actor, request);
        case 'unmute':
          return unmute(actor, request.which);
        case 'test':
          return test(request.alert, wait);
      }
    },
  };
}

/** Tells each receiver that this is a test; what each answered, in their order. */
export function testAlert(
  rule: AlertConfig,
  world: Omit<MessageWorld, 'lastWords'>,
  { signal }: WaitOptions,
): Promise<readonly Tested[]> {
  const message = toTestMessage(rule.name, world);
  return Promise.all(
    rule.to.map(async (target) => {
      const late = AbortSignal.any([signal, AbortSignal.timeout(TEST_MS)]);
      const { ok, said } = await createChannel(target, rule).send(message, { signal: late });
      return { receiver: target.label, ok, said };
    }),
  );
}
