import test from 'ava';
import { overLinear } from '../../helpers/growth.ts';
import { escapeLogLine, escapeText } from '../../../src/core/view/escape.ts';

test('control characters, bidi overrides and line breaks become visible', (t) => {
  const rows: readonly (readonly [string, string])[] = [
    ['plain ünïcode 日本 👩‍👩‍👧', 'plain ünïcode 日本 👩‍👩‍👧'],
    ['a\u001b[2Jb', String.raw`a\x1b[2Jb`],
    ['a\u0000b\u007fc', String.raw`a\x00b\x7fc`],
    ['a\nb\r\tc', String.raw`a\nb\r\tc`],
    ['\u009b31m', String.raw`\x9b31m`],
    ['abc\u202egnp.exe', String.raw`abc\u202egnp.exe`],
    ['a\u2028b\u2066c\u200f', String.raw`a\u2028b\u2066c\u200f`],
    ['half \ud83d pair', String.raw`half \ud83d pair`],
  ];
  for (const [text, shown] of rows) t.is(escapeText(text), shown);
});

test('a log line loses its colours and keeps its words', (t) => {
  const rows: readonly (readonly [string, string])[] = [
    ['\u001b[1;31merror\u001b[0m: no', 'error: no'],
    ['\u001b]0;title\u0007text', 'text'],
    ['\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\', 'link'],
    ['\u001b(Bplain', 'plain'],
    ['a\tb', 'a       b'],
    ['12345678\tb', '12345678        b'],
    ['10%\r50%\r100%', '100%'],
    ['windows\r', 'windows'],
    ['\u001b[31', String.raw`\x1b[31`],
    ['\u001bP1;2q', String.raw`\x1bP1;2q`],
    ['\u001b]52;c;Zm9v', String.raw`\x1b]52;c;Zm9v`],
  ];
  for (const [line, shown] of rows) t.is(escapeLogLine(line), shown);
});

test('zero-width, tag and other unseen characters are told, and an emoji of several parts stays one', (t) => {
  const rows: readonly (readonly [string, string])[] = [
    ['we\u200bb', String.raw`we\u200bb`],
    ['we\u200db', String.raw`we\u200db`],
    ['\ufeffweb', String.raw`\ufeffweb`],
    ['web\u{e0041}\u{e007f}', String.raw`web\u{e0041}\u{e007f}`],
    ['web\u{e0100}', String.raw`web\u{e0100}`],
    ['soft\u00adhyphen\u2060', String.raw`soft\xadhyphen\u2060`],
    ['\u3164\u115f', String.raw`\u3164\u115f`],
    ['\u2764\ufe0f\u200d\u{1f525}', '\u2764\ufe0f\u200d\u{1f525}'],
  ];
  for (const [text, shown] of rows) {
    t.is(escapeText(text), shown);
    t.is(escapeLogLine(text), shown);
  }
});

test('a log line of 128 KB of whatever a terminal acts on is escaped in the time of one walk', async (t) => {
  const units = ['\r', '\r ', '\u009d', '\u009b', '\u001b', '\u001b[', '\u001b]', '\u001b[0;', '\t', '\u200b', 'a\r'];
  for (const unit of units) {
    const run = (length: number) => escapeLogLine(`${unit.repeat(length / unit.length)}x`);
    t.is(await overLinear(128 * 1024, run), null, JSON.stringify(unit));
  }
});
