import test from 'ava';
import { ansiToSvg } from '../../../scripts/documents/ansi-to-svg.ts';

const ESC = '\u001B';

/** The words of the picture with their attributes. */
function words(screen: string): readonly string[] {
  const texts = ansiToSvg(screen, 20).matchAll(
    /<text x="([\d.]+)" y="\d+" textLength="([\d.]+)"[^>]*?(fill="[^"]+"[^>]*)>([^<]*)<\/text>/g,
  );
  return Array.from(texts, ([, x, length, look, text]) => `${text ?? ''} x=${x ?? ''} w=${length ?? ''} ${look ?? ''}`);
}

test('each word of the picture stands in its column, with its colour', (t) => {
  t.deepEqual(words('ab  c'), ['ab x=12.0 w=16.8 fill="#d8dee9"', 'c x=45.6 w=8.4 fill="#d8dee9"']);
  t.deepEqual(words(`${ESC}[1;38;5;203mA${ESC}[0mB`), [
    'A x=12.0 w=8.4 fill="#ff5f5f" font-weight="bold"',
    'B x=20.4 w=8.4 fill="#d8dee9"',
  ]);
  t.deepEqual(words('温b'), ['温b x=12.0 w=25.2 fill="#d8dee9"'], 'a wide character has two columns');
  t.deepEqual(words('a<&>'), ['a&lt;&amp;&gt; x=12.0 w=33.6 fill="#d8dee9"']);
});

test('a look goes on over the end of a line', (t) => {
  t.deepEqual(words(`${ESC}[38;5;240ma\nb`), ['a x=12.0 w=8.4 fill="#585858"', 'b x=12.0 w=8.4 fill="#585858"']);
});

test('a background is drawn under white space as well', (t) => {
  t.regex(
    ansiToSvg(`${ESC}[48;5;236m  ${ESC}[0m`, 20),
    /<rect x="12.0" y="12" width="16.8" height="18" fill="#303030"\/>/,
  );
});
