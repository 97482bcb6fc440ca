import type { Turn } from './turn.ts';

/** Less than this is the clock being kept right, not being set. */
const SET_MS = 1_500;

/**
 * Somebody set the clock on the wall, or the machine slept: what is known of the clocks of the hosts against it does not
 * hold any more, and is measured anew at once. Which of the two it was cannot be told from here.
 */
export function noticeClockSet({ memory, now, monotonic, effects }: Turn): void {
  const lead = now - monotonic;
  if (memory.wallLead !== null && Math.abs(lead - memory.wallLead) > SET_MS) effects.push({ type: 'reread' });
  memory.wallLead = lead;
}
