// The alerts of a server as one actor may have them: of supervisors in scope, for a viewer without a line of a log, and
// changed only by who may act.
import type { AlertsDesk, AlertsView } from '../alerts/desk.ts';
import type { Actor } from './actor.ts';
import { mayDo, refuseRole, seesEverything, toScope } from './actor.ts';
import type { Lease } from './lease.ts';

/** What carries it out, for whom. */
export type SharedDesk = { askAs(actor: Actor, ...rest: Parameters<AlertsDesk['ask']>): ReturnType<AlertsDesk['ask']> };

export function createActorDesk(shared: SharedDesk, actor: Actor, lease: Lease): AlertsDesk {
  return {
    ask: async (request, options) => {
      const act = request.op === 'list' ? null : request.op === 'test' ? 'test' : 'mute';
      const refusal = lease.refusal() ?? (act === null ? null : refuseRole(actor, act));
      if (refusal !== null) return { ok: false, code: 'not-allowed', message: refusal };
      // A test that is under way when the right ends reaches nobody more.
      const signal = AbortSignal.any([options.signal, lease.ended]);
      const result = await shared.askAs(actor, request, { signal });
      return result.ok ? { ...result, view: narrow(result.view, actor) } : result;
    },
  };
}

function narrow(view: AlertsView, actor: Actor): AlertsView {
  const inScope = toScope(actor);
  const all = seesEverything(actor);
  const incidents = view.incidents.filter(({ supervisor }) => inScope(supervisor));
  return {
    ...view,
    incidents: mayDo(actor.role, 'logs') ? incidents : incidents.map((incident) => ({ ...incident, why: '' })),
    // Titles name processes, and whatever was given up may be of any of them.
    givenUp: all ? view.givenUp : [],
  };
}
