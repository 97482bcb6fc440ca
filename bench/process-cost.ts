// What a process costs, by the kernel's own count.
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** Of utime and stime in /proc: 100 a second on every Linux. */
const TICK_MS = 10;

/** Percent of one core, over this time. */
export async function cpuShare(pid: number, windowMs: number, signal: AbortSignal): Promise<number> {
  const begun = performance.now();
  const before = await cpuMs(pid);
  await delay(windowMs, undefined, { signal });
  return ((await cpuMs(pid)) - before) / ((performance.now() - begun) / 100);
}

export async function cpuMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** In MiB; `peak`: the most it ever was. */
export async function memory(pid: number, { peak = false }: { readonly peak?: boolean } = {}): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number((peak ? /^VmHWM:\s+(\d+) kB$/m : /^VmRSS:\s+(\d+) kB$/m).exec(status)?.[1]) / 1024;
}
