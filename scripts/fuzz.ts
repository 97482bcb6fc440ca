// `npm run fuzz [-- MINUTES]`: texts and messages that nobody wrote down at every door, each round with another seed;
// without end when no minutes are given. It ends with 1 at what is found (a crash, an error told of the wrong one, a turn
// that holds up others for more than 50 ms of CPU, memory that grows), with the seed that shows it again.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openFuzzer } from '../test/hostile/fuzz-doors.ts';

const RUNS = 100;
/** What is compiled and kept for good has come by then. */
const WARM_ROUNDS = 3;
const MOST_GROWTH_MB = 48;

const minutes = Number(process.argv[2] ?? Infinity);
if (!(minutes > 0)) {
  console.error('usage: npm run fuzz [-- MINUTES]');
  process.exit(2);
}
setFlagsFromString('--expose-gc');
const collectGarbage: unknown = runInNewContext('gc');

/** What is still in use. */
function heldMb(): number {
  if (typeof collectGarbage === 'function') Reflect.apply(collectGarbage, undefined, []);
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}

function fail(found: string): never {
  console.error(found);
  process.exit(1);
}

process.on('unhandledRejection', (error) => fail(`unhandled: ${error instanceof Error ? error.stack : String(error)}`));

const fuzzer = await openFuzzer();
console.log(`doors: ${fuzzer.names.join(', ')}`);
const end = performance.now() + minutes * 60_000;
let [rounds, taken, longestMs, warmMb, mostMb] = [0, 0, 0, 0, 0];
for (let seed = Date.now() % 2 ** 31; performance.now() < end; seed = (seed + 1) % 2 ** 31) {
  const round = await fuzzer.round(seed, RUNS);
  if (round.found !== null) fail(round.found);
  rounds += 1;
  taken += round.taken;
  longestMs = Math.max(longestMs, round.longestMs);
  const held = heldMb();
  if (rounds === WARM_ROUNDS) warmMb = held;
  if (rounds > WARM_ROUNDS) mostMb = Math.max(mostMb, held - warmMb);
  if (rounds > WARM_ROUNDS && held - warmMb > MOST_GROWTH_MB) {
    fail(`memory grew by ${(held - warmMb).toFixed(0)} MB in ${rounds} rounds, the last with seed ${seed}`);
  }
  if (rounds % 10 === 0) tell(`the last with seed ${seed}`);
}
tell('nothing found');
await fuzzer.close();

function tell(more: string): void {
  const rss = (process.memoryUsage().rss / 2 ** 20).toFixed(0);
  const figures = `no turn longer than ${longestMs.toFixed(1)} ms, ${mostMb.toFixed(1)} MB more held than at first, RSS ${rss} MB`;
  console.log(`${rounds} rounds, ${taken} taken: ${figures}; ${more}`);
}
