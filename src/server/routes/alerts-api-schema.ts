import * as v from 'valibot';
import { alertsView, muteRequest } from '../../core/wire/alerts-schema.ts';

export const muteBody = muteRequest;
export const unmuteBody = v.object({
  which: v.pipe(v.string(), v.maxLength(1_000), v.description('The id of a mute, or one of its selectors')),
});

const { alerts, incidents, givenUp, mutes } = alertsView.entries;
export const incidentsAnswer = v.object({ alerts, incidents, givenUp });
export const mutesAnswer = v.object({ mutes });
