import type { SupervisorConfig } from '../core/config/types.ts';
import type { SupervisorLink } from '../core/ports.ts';
import { createDetectedLink } from './detect/detected-link.ts';
import { createLazyLink } from './link/lazy-link.ts';
import { withNotes } from './project/order/with-notes.ts';
import { createSupervisordLink } from './supervisord/supervisord-link.ts';

/** The link that fits a configured supervisor. `detect`: found out by asking what answers there. */
export function createLink(config: SupervisorConfig): SupervisorLink {
  const link = linkTo(config);
  return config.runDir === undefined ? link : withNotes(link, { dir: config.runDir });
}

function linkTo(config: SupervisorConfig): SupervisorLink {
  const { address } = config;
  if (address.kind === 'multivisor') {
    return createLazyLink(async () => {
      const { createMultivisorLink } = await import('./multivisor/multivisor-link.ts');
      return createMultivisorLink({ ...config, address });
    });
  }
  return address.kind === 'tcp' && address.protocol === 'detect'
    ? createDetectedLink({ ...config, address })
    : createSupervisordLink({ ...config, address });
}
