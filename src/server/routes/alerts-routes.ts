// Incidents and mutes over REST.
import * as v from 'valibot';
import type { AlertsRequest, AlertsResult } from '../../core/alerts/desk.ts';
import type { Reply } from '../http/reply.ts';
import { json, message } from '../http/reply.ts';
import type { ActorContext, Route } from '../http/route.ts';
import { muteBody, unmuteBody } from './alerts-api-schema.ts';
import { STATUS_OF } from './outcome-status.ts';

export const ALERT_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/v1/incidents',
    access: 'signed-in',
    handle: (context) =>
      ask(context, { op: 'list' }, ({ alerts, incidents, givenUp }) => ({ alerts, incidents, givenUp })),
  },
  {
    method: 'GET',
    path: '/api/v1/mutes',
    access: 'signed-in',
    handle: (context) => ask(context, { op: 'list' }, ({ mutes }) => ({ mutes })),
  },
  {
    method: 'POST',
    path: '/api/v1/mutes',
    access: 'signed-in',
    act: 'mute',
    handle: (context) => {
      const parsed = v.safeParse(muteBody, context.body.value, { abortEarly: true });
      if (!parsed.success) return message(400, 'the body is {"selectors": […], "forMs": milliseconds, "why": "…"}');
      return ask(context, { op: 'mute', ...parsed.output }, ({ mutes }) => ({ mutes }));
    },
  },
  {
    method: 'POST',
    path: '/api/v1/unmute',
    access: 'signed-in',
    act: 'mute',
    handle: (context) => {
      const parsed = v.safeParse(unmuteBody, context.body.value, { abortEarly: true });
      if (!parsed.success) return message(400, 'the body is {"which": "the id of a mute, or one of its selectors"}');
      return ask(context, { op: 'unmute', ...parsed.output }, ({ mutes }) => ({ mutes }));
    },
  },
];

type View = Extract<AlertsResult, { ok: true }>['view'];

async function ask(
  { session, signal }: ActorContext,
  request: AlertsRequest,
  show: (view: View) => unknown,
): Promise<Reply> {
  const result = await session.alerts?.ask(request, { signal });
  if (!result) return message(404, 'nobody tells alerts here');
  if (result.ok) return json(show(result.view));
  // What is wrong with a selector is a mistake of who asks.
  return message(result.code === 'failed' ? 400 : STATUS_OF[result.code], result.message);
}
