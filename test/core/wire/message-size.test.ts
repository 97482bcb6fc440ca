import test from 'ava';
import { assert, property, string } from 'fast-check';
import { bytesInJson } from '../../../src/core/wire/message-size.ts';

test('what a text takes in a message is what it takes, whatever characters it is of', (t) => {
  assert(
    property(string({ unit: 'binary', maxLength: 200 }), (text) => {
      t.is(bytesInJson(text), Buffer.byteLength(JSON.stringify(text)));
    }),
    { seed: 20_260_105 },
  );
  for (const text of ['', 'é', '€', '😀', '\ud800', 'a\udc00b', '\u0001"\\', '\u2028']) {
    t.is(bytesInJson(text), Buffer.byteLength(JSON.stringify(text)), JSON.stringify(text));
  }
});
