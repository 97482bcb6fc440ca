// For whoever restarts or balances this server. What its supervisors do is no reason to restart it.
import { seesEverything } from '../../core/access/actor.ts';
import type { Door } from '../door.ts';
import type { Reply } from '../http/reply.ts';
import type { Route } from '../http/route.ts';

export function toHealthRoutes(door: Door): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/livez',
      access: 'everybody',
      handle: ({ query }) => answer(true, query, ['[+] event loop']),
    },
    {
      method: 'GET',
      path: '/readyz',
      access: 'everybody',
      handle: async ({ query, request, client }) => {
        const all = [...door.session.snapshot().supervisors.values()];
        // One that has not been tried yet is not known; one that is down is known to be.
        const waiting = all.filter(({ link }) => link === 'connecting').length;
        const ready = door.isReady() && waiting === 0;
        // How many there are is nobody's business but of those who may see them all.
        const who = query.has('verbose') ? await door.authenticator.request(request, client) : null;
        const tells = who?.ok === true && seesEverything(who.identity.actor);
        const tried = tells
          ? `${all.length - waiting} of ${all.length} supervisors have been tried`
          : 'supervisors tried';
        return answer(ready, query, [`${sign(door.isReady())} accepting requests`, `${sign(waiting === 0)} ${tried}`]);
      },
    },
  ];
}

function answer(fine: boolean, query: URLSearchParams, details: readonly string[]): Reply {
  const word = fine ? 'ok' : 'not ready';
  const text = query.has('verbose') ? [...details, word].join('\n') : word;
  return { kind: 'text', status: fine ? 200 : 503, text: `${text}\n` };
}

function sign(fine: boolean): string {
  return fine ? '[+]' : '[-]';
}
