// What is asked for without an upgrade where only WebSocket is spoken: mostly a proxy in between has dropped it.
import { message } from '../http/reply.ts';
import type { Route } from '../http/route.ts';

export function toSocketRoute(): Route {
  return {
    method: 'GET',
    path: '/ws',
    access: 'everybody',
    handle: () => message(426, 'only WebSocket is spoken here: a proxy in between must pass the upgrade on', UPGRADE),
  };
}

const UPGRADE = { upgrade: 'websocket' };
