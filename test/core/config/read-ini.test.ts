import { execFileSync } from 'node:child_process';
import test from 'ava';
import { parse } from 'ini';
import { readIni, toSafeIni } from '../../../src/core/config/read-ini.ts';
import { findPeer, testWith } from '../../helpers/peers.ts';

const FILES: Readonly<Record<string, string>> = {
  'a byte order mark': '\ufeff[global]\nname = x\n',
  'Windows line ends': '[global]\r\nname = x\r\nusername: y\r\n',
  'comments at line start': '; one\n# two\n[global]\n  ; three\nname = x\n',
  'inline comments after white space': '[g]\na = x ; y\nb = x # y\nc = x;y\nd = x#y\ne =  ; all\nf = x\t;y\n',
  'the odd case of two marks': '[g]\na = a;b ;c #d\nb = a#b #c ;d\nc = x;y z;w ;q\n',
  'a comment after a header': '[g] ; note\na = 1\n',
  'both delimiters': '[g]\na : 1\nb = 2\nc=x:y\nd:x=y\ne = a = b\n',
  continuations: '[g]\na = 1\n  2\n\t3\nb = x\n',
  'a continuation over comments and empty lines': '[g]\na = 1\n  ; no\n  2\n\n  3\n\n\nb = x\n',
  'a header and keys that are indented': '  [g]\n  a = 1\n  b = 2\n    more\n c = 3\n',
  'a key that looks like a header in a continuation': '[g]\na = 1\n  [h]\n  b = 2\n',
  'dots, brackets and colons in headers': '[supervisor:a.b.c]\nurl = x\n[a]b]\nc = 1\n["q"]\nd = 2\n[a\\.b]\ne = 1\n',
  'words that other readers turn into values': '[g]\na = true\nb = null\nc = 012\nd = false\ne = []\nf[] = 1\n',
  'quotes and backslashes stay': `[g]\na = "x"\nb = 'y'\nc = x\\\\;y\nd = \\n\n"e" = 1\nf = "\n`,
  'percent and dollar signs': '[g]\na = %(x)s%\nb = $x ${y}\n',
  'empty values': '[g]\na =\nb:\nc = \n',
  'keys of any case': '[G]\nURL = x\nRead_Only = y\n',
  'names of object prototypes': '[constructor]\ntoString = x\nhasOwnProperty = y\n',
  'line separators that are none': '[g]\na = x\u2028y\u2029z\nb = \u00e9 温度\n',
  defaults: '[DEFAULT]\na = 1\n[g]\nb = 2\n',
};

const ORACLE = `
import configparser, json, sys
out = []
for text in json.load(sys.stdin):
    parser = configparser.RawConfigParser(inline_comment_prefixes=(';', '#'), strict=True, default_section='\\0')
    parser.read_string(text.lstrip('\\ufeff'))
    out.append({s: dict(parser.items(s)) for s in parser.sections()})
print(json.dumps(out))
`;

testWith('python3', test)("files are read as Python's ConfigParser reads them", (t) => {
  const output = execFileSync(findPeer('python3') ?? '', ['-c', ORACLE], {
    input: JSON.stringify(Object.values(FILES)),
    encoding: 'utf8',
  });
  const expected: unknown = JSON.parse(output);
  t.true(Array.isArray(expected));
  const ours = Object.values(FILES).map((text) =>
    Object.fromEntries(
      readIni(text).sections.map(({ name, entries }) => [
        name,
        Object.fromEntries(entries.map(({ key, value }) => [key, value])),
      ]),
    ),
  );
  for (const [index, name] of Object.keys(FILES).entries()) {
    t.deepEqual(ours[index], Array.isArray(expected) ? expected[index] : null, name);
  }
});

test('the ini library reads back every value of the safe form', (t) => {
  for (const [title, text] of Object.entries(FILES)) {
    const { sections } = readIni(text);
    const back: unknown = parse(toSafeIni(sections));
    t.is(Object.keys(Object(back)).length, sections.length, title);
  }
});

test('every key knows its line', (t) => {
  const { sections } = readIni('\n[g]\na = 1\n  2\n; no\nb = 3\n[h]\nc = 4\n');
  t.deepEqual(
    sections.flatMap(({ line, entries }) => [line, ...entries.map((entry) => entry.line)]),
    [2, 3, 6, 7, 8],
  );
});

test('every mistake of form is named with its line, and the rest is still read', (t) => {
  const { sections, problems } = readIni('lost = 1\n[g]\na = 1\njunk\n= x\na = 2\n[h]\nb = 1\n[g]\nc = 1\n');
  t.deepEqual(
    problems.map(({ line, message }) => `${line}: ${message}`),
    [
      '1: this line stands before any section; begin with [global]',
      '4: this line is neither a section nor a key; write it as "key = value"',
      '5: this line is neither a section nor a key; the name of the key is missing',
      '6: "a" of [g] is already set at line 3; keep one of them',
      '9: section [g] is already there at line 2; join the two',
    ],
  );
  t.deepEqual(
    sections.map(({ name }) => name),
    ['g', 'h'],
  );
});
