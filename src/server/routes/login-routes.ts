// Logging in and out, as multivisor has it.
import { COOKIE } from '../access/sign-ins.ts';
import type { Client } from '../access/client.ts';
import type { Door } from '../door.ts';
import { tellFailedLogin } from '../door.ts';
import { readBody } from '../http/read-body.ts';
import type { Reply } from '../http/reply.ts';
import { json, message } from '../http/reply.ts';
import type { Route } from '../http/route.ts';

export function toLoginRoutes(door: Door, basePath: string): readonly Route[] {
  const cookie = (value: string, client: Client, more = '') =>
    `${COOKIE}=${value}; Path=${basePath === '' ? '/' : basePath}; HttpOnly; SameSite=Strict${client.secure ? '; Secure' : ''}${more}`;

  return [
    {
      method: 'GET',
      path: '/api/auth',
      access: 'everybody',
      handle: async ({ request, client }) => {
        const who = await door.authenticator.request(request, client);
        const actor = who.ok ? { name: who.identity.actor.name, role: who.identity.actor.role } : null;
        return json({ use_authentication: !door.authenticator.isOpen(), is_authenticated: who.ok, actor });
      },
    },
    {
      method: 'POST',
      path: '/api/login',
      access: 'everybody',
      handle: async ({ request, client }): Promise<Reply> => {
        const body = await readBody(request);
        if (!body.ok) return message(body.status, body.message);
        const name = body.text('username');
        const tried = await door.authenticator.password(name, body.text('password'), client);
        if (!tried.ok) {
          tellFailedLogin(door, client, tried.message);
          const headers = tried.status === 429 ? { 'retry-after': String(Math.ceil(tried.retryAfterMs / 1000)) } : {};
          return json({ errors: { password: tried.message } }, tried.status === 429 ? 429 : 400, headers);
        }
        const user = door.authenticator.userOf(tried.identity);
        if (!user) return json({ errors: { password: 'Invalid username or password' } }, 400);
        door.audit({ event: 'login' }, client, { ...tried.identity, via: 'session' });
        return json({}, 200, { 'set-cookie': cookie(door.signIns.create(user), client) });
      },
    },
    {
      method: 'POST',
      path: '/api/logout',
      access: 'everybody',
      handle: async ({ request, client }) => {
        const who = await door.authenticator.request(request, client);
        const signIn = who.ok ? who.identity.signIn : null;
        if (who.ok && signIn) {
          door.signIns.revoke(signIn);
          door.leases.endWhere((identity) => identity.signIn?.id === signIn.id, 'logged out');
          door.audit({ event: 'logout' }, client, who.identity);
        }
        return json({}, 200, { 'set-cookie': cookie('', client, '; Max-Age=0') });
      },
    },
  ];
}
