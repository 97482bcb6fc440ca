// How many more files a supervisord may open. A stream takes two of it, a connection and the log that it reads, and while
// one is opened a few connections more (stream-connector.ts). One that has none left accepts nobody and starts nothing. So
// streams are opened only where they leave it room, and what they would tell is polled elsewhere.
import { readFileSync, readdirSync } from 'node:fs';
import type { SupervisordAddress } from '../../../core/config/types.ts';

export type FileRoom = {
  /** Files that may be taken for streams. `measured`: only where its own limit can be seen is it less than endless. */
  spare(how?: 'measured'): number;
  /** What was read of it lately. */
  learn(known: Partial<Known>): void;
  /** A stream was opened; what it returns is to be called when it is over, once or again. */
  opened(): () => void;
};

type Known = { readonly pid: number; readonly processes: number; readonly down: number };

/** Its standard streams, its log, its sockets. */
const OWN = 12;
/** Three pipes and two logs of each process that runs. */
const OF_PROCESS = 5;
const OF_STREAM = 2;
/** For other clients, and for a start, of which both ends of the pipes are open for a moment. */
const RESERVE = 16;
/** Of most systems, and supervisord's own minfds. */
const USUAL_LIMIT = 1_024;
/** Others watch it as well. */
const SHARE = 2;

export function createFileRoom(address: SupervisordAddress): FileRoom {
  let known: Known = { pid: 0, processes: 0, down: 0 };
  const streams = new Set<object>();
  const estimate = (): number => {
    const used = OWN + OF_PROCESS * known.processes;
    // Whoever runs more than the usual limit bears has a higher one.
    const limit = Math.max(USUAL_LIMIT, 2 ** Math.ceil(Math.log2(used + RESERVE)));
    return (limit - used) / SHARE - OF_STREAM * streams.size;
  };
  return {
    spare: (how) => {
      const measured = isHere(address) ? measure(known.pid) : null;
      if (measured === null && how === 'measured') return Infinity;
      const left = measured === null ? estimate() : withoutStarts(measured, known.down) / SHARE;
      return Math.max(0, Math.floor(left - RESERVE / SHARE));
    },
    learn: (more) => {
      known = { ...known, ...more };
    },
    opened: () => {
      const stream = {};
      streams.add(stream);
      return () => void streams.delete(stream);
    },
  };
}

/** What is down may be started; where there is much of that, half of what is left is kept for it. */
function withoutStarts(measured: number, down: number): number {
  return Math.max(measured - OF_PROCESS * down, measured / 2);
}

function isHere(address: SupervisordAddress): boolean {
  return address.kind === 'unix' || /^(?:localhost|127\.[\d.]+|::1)$/u.test(address.host);
}

/** Null where it cannot be seen: on another host, in a container, of another user, on another system. */
function measure(pid: number): number | null {
  if (pid <= 0) return null;
  try {
    const folder = `/proc/${pid}`;
    // The number may be of a container, and another process here.
    if (!readFileSync(`${folder}/cmdline`, 'utf8').includes('supervisord')) return null;
    const limit = /^Max open files\s+(\d+)/mu.exec(readFileSync(`${folder}/limits`, 'utf8'))?.[1];
    return limit === undefined ? null : Number(limit) - readdirSync(`${folder}/fd`).length;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return null;
    throw error;
  }
}
