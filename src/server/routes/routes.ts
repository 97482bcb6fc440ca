import type { Door } from '../door.ts';
import type { Route } from '../http/route.ts';
import type { Page } from '../options.ts';
import { ALERT_ROUTES } from './alerts-routes.ts';
import { toApiRoutes } from './api-v1-routes.ts';
import { toHistoryRoutes } from './history-routes.ts';
import { toHealthRoutes } from './health-routes.ts';
import { toLoginRoutes } from './login-routes.ts';
import { toMetricsRoutes } from './metrics-routes.ts';
import type { Feed } from './multivisor-feed.ts';
import { toMultivisorRoutes } from './multivisor-routes.ts';
import { toOpenApiRoutes } from './openapi-routes.ts';
import { toPageRoutes } from './page-routes.ts';
import { toSocketRoute } from './socket-route.ts';

export function toRoutes(options: {
  readonly door: Door;
  readonly feed: Feed;
  readonly page: Page | null;
  readonly basePath: string;
}): readonly Route[] {
  const { door, feed, page, basePath } = options;
  return [
    ...toPageRoutes(page, basePath),
    ...toLoginRoutes(door, basePath),
    ...toMultivisorRoutes(door, feed),
    ...toApiRoutes(door),
    ...toHistoryRoutes(door),
    ...ALERT_ROUTES,
    ...toOpenApiRoutes(door),
    ...toMetricsRoutes(door),
    ...toHealthRoutes(door),
    toSocketRoute(),
  ];
}
