import type { MultivisorConfig } from '../../core/config/types.ts';
import type { Description } from '../link/description.ts';
import { DEFAULT_LINK_OPTIONS } from '../link/link-options.ts';
import { openLinkLine } from './link-line.ts';
import { toTarget } from './target.ts';

const LOOPBACK = /^(?:localhost|127\.[\d.]+|::1)$/u;

/** For people who ask which server has a supervisor of theirs, and what they may do there. Throws LinkFailure. */
export async function describeServer(
  config: MultivisorConfig,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Description> {
  const { supervisor, secure, host } = config.address;
  const target = toTarget(config, DEFAULT_LINK_OPTIONS);
  const line = await openLinkLine(
    { ...target, limits: { ...target.limits, openMs: timeoutMs } },
    { nextId: () => 1, onMessage: () => {}, signal },
  );
  line.close();
  const { name, version, actor } = line.hello;
  const found = `the multivisor server "${name}", version ${version}; of its supervisors this is "${supervisor}", and there we are ${actor.name} (${actor.role})`;
  if (actor.role === 'viewer') {
    return { found, better: 'a viewer reads no logs and does nothing: give [user:…] or [token:…] another role there' };
  }
  const isReadable = !secure && !LOOPBACK.test(host);
  return { found, better: isReadable ? 'what is said travels readable: wss:// or a tunnel keeps it private' : null };
}
