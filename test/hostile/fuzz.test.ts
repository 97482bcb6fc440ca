import test from 'ava';
import { openFuzzer } from './fuzz-doors.ts';

test('hundreds of texts and messages that nobody wrote down leave every door as it was', async (t) => {
  const fuzzer = await openFuzzer();
  t.teardown(fuzzer.close);
  const { found, longestMs, taken } = await fuzzer.round(20_260_104, 60);
  t.is(found, null);
  t.log(`${taken} taken at ${fuzzer.names.length} doors, no turn longer than ${longestMs.toFixed(1)} ms`);
});
