import type { Description } from '../../bridge/link/description.ts';
import { describeDetected } from '../../bridge/detect/describe-detected.ts';
import { detect } from '../../bridge/detect/detect.ts';
import type { SupervisorConfig } from '../../core/config/types.ts';

/** What answers where that is to be found out, or which server has it; null: it is told already, or nothing does. */
export async function whatAnswers(
  config: SupervisorConfig,
  limits: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Description | null> {
  try {
    return await ask(config, limits);
  } catch {
    // Why it cannot be reached the link says itself.
    return null;
  }
}

async function ask(
  config: SupervisorConfig,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Description | null> {
  const { address } = config;
  switch (address.kind) {
    case 'multivisor': {
      const { describeServer } = await import('../../bridge/multivisor/describe-server.ts');
      return describeServer({ ...config, address }, { timeoutMs, signal });
    }
    case 'tcp':
      if (address.protocol !== 'detect') return null;
      return describeDetected(await detect(address, { connectMs: timeoutMs, answerMs: timeoutMs, signal }));
    case 'unix':
      return null;
  }
}
