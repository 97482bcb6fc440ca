import type { Description } from '../bridge/detect/describe.ts';
import { describeDetected } from '../bridge/detect/describe.ts';
import { detect } from '../bridge/detect/detect.ts';
import type { Address } from '../core/config/types.ts';

/** What answers at an address whose protocol is to be found out; null: it is told already, or nothing does. */
export async function whatAnswers(
  address: Address,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Description | null> {
  if (address.kind !== 'tcp' || address.protocol !== 'detect') return null;
  try {
    return describeDetected(await detect(address, { connectMs: timeoutMs, answerMs: timeoutMs, signal }));
  } catch {
    // Why it cannot be reached the link says itself.
    return null;
  }
}
