// How long anything else had to wait while something ran: the longest turn of the event loop. In CPU time of its thread,
// so that what the neighbours on the machine do does not count; a wall clock would tell more of them than of us.

export type Turns = { readonly longestMs: number };

export async function measureTurns(work: () => Promise<unknown>): Promise<Turns> {
  let longest = 0;
  let last = process.threadCpuUsage();
  const look = () => {
    const { user, system } = process.threadCpuUsage(last);
    longest = Math.max(longest, (user + system) / 1_000);
    last = process.threadCpuUsage();
  };
  let next = setImmediate(function again() {
    look();
    next = setImmediate(again);
  });
  await work();
  look();
  clearImmediate(next);
  return { longestMs: longest };
}
