import { expandPercent } from './expand-percent.ts';
import type { Merged } from './layers.ts';

/** Where supervisord writes its own log; null when it cannot be known. */
export function findMainLog(merged: Merged): string | null {
  const path = expandPercent(merged.get('supervisord')?.get('logfile')?.value ?? '', {});
  return path?.startsWith('/') === true ? path : null;
}
