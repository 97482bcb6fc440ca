// Whether something costs more than its input is long. Compared are two lengths, in CPU time of this process: what the
// neighbours on the machine do does not count.

const TIMES_LONGER = 8;
/** Linear would be 8, quadratic 64. */
const MOST_TIMES = 24;
/** Below it there is nothing but noise. */
const NOISE_MS = 60;

/** Null when `run` over `length` is as cheap as its eighth lets expect, else what it cost. `run` makes and takes the input. */
export async function overLinear(length: number, run: (length: number) => unknown): Promise<string | null> {
  const short = await cheapest(() => run(Math.floor(length / TIMES_LONGER)));
  const long = await cheapest(() => run(length));
  return long <= MOST_TIMES * short + NOISE_MS
    ? null
    : `${short.toFixed(1)} ms, eight times as long ${long.toFixed(1)} ms`;
}

async function cheapest(run: () => unknown): Promise<number> {
  let best = Infinity;
  for (let i = 0; i < 3 && best > 1; i++) {
    const begun = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(begun);
    best = Math.min(best, (user + system) / 1_000);
  }
  return best;
}
