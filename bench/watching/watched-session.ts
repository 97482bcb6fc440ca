import { createNodeClock } from '../../src/cli/session/node-clock.ts';
import type { SupervisorConfig } from '../../src/core/config/types.ts';
import { createLocalSession } from '../../src/core/session/local-session.ts';
import type { LocalSession } from '../../src/core/session/local-session.ts';
import type { SupervisorLink } from '../../src/core/ports.ts';

/** A session that somebody looks at. */
export function watch(config: SupervisorConfig, link: SupervisorLink): LocalSession {
  const { name, url, tags, readOnly } = config;
  const spec = { name, url, host: 'localhost', tags, readOnly, protected: false };
  const clock = createNodeClock();
  const session = createLocalSession({ name: 'bench', epoch: 'e', by: 'b', supervisors: [{ spec, link }], clock });
  session.subscribe(() => {});
  return session;
}
