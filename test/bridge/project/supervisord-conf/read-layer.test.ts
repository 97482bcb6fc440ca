import test from 'ava';
import { run } from '../../../../scripts/run.ts';
import type { ValueMarkers } from '../../../../src/bridge/project/supervisord-conf/value-markers.ts';
import { createValueMarkers, readValueMarkers } from '../../../../src/bridge/project/supervisord-conf/value-markers.ts';
import { readLayer } from '../../../../src/bridge/project/supervisord-conf/read-layer.ts';
import { testWith } from '../../../helpers/peers.ts';

const testWithPython = testWith('python3', test);

const plain = (text: string) => readLayer({ text, spans: [] }, 'x.conf');

const toObject = ({ layer }: ReturnType<typeof plain>) => {
  const sections: Record<string, Record<string, string>> = {};
  for (const { name, settings } of layer) {
    sections[name] = {
      ...sections[name],
      ...Object.fromEntries(Array.from(settings, ([key, { value }]) => [key, value])),
    };
  }
  return sections;
};

const TEXTS: readonly string[] = [
  '[a]\nk=v',
  '[a]\nk = v ; comment\nl=w;no comment\nm=x #c',
  '; c\n[a]\nk: v\nUPPER=V',
  '[program:x]\ncommand=a\n  b\n  c\nautostart=true',
  '[program:x]\ncommand=\n  a\n\n  b\nk=v',
  '[a]\nk=1\n[b]\nk=2\n[a]\nk=3\nl=4',
  '[a]\nk=a;b ;c #d',
  '\ufeff[a]\nk=v\n',
  '[a]\r\nk=v\r\nl=w\r\n',
  '[a]\nk=v=w:x\nl:a=b',
  '[a]\nk=\nl=',
  '[a]\n  k=v\n  l=w',
  '[a]\nk=v\n# comment\n  more\n;x\n  last',
  '[a] ; comment\nk=%(ENV_X)s %%',
  '[a]\nk="quoted ;text"',
  '[event:[x]]\nk=v',
];

testWithPython('a file is read as the parser of supervisord reads it', async (t) => {
  const script = `
import configparser, json, sys
def read(text):
    p = configparser.RawConfigParser(strict=False, inline_comment_prefixes=(';', '#'))
    p.read_string(text.lstrip('\\ufeff'))
    return {s: dict(p.items(s)) for s in p.sections()}
print(json.dumps([read(t) for t in json.loads(sys.argv[1])]))`;
  const result = await run('python3', ['-c', script, JSON.stringify(TEXTS)], {
    signal: new AbortController().signal,
    timeoutMs: 30_000,
  });
  const expected: unknown = JSON.parse(result.output);
  t.deepEqual(
    TEXTS.map((text) => toObject(plain(text))),
    expected,
  );
});

test('every line that supervisord would refuse is told with its place', (t) => {
  const { problems } = plain('lost=1\n[a]\nno option\n=v');
  t.deepEqual(
    problems.map(({ file, line }) => [file, line]),
    [
      ['x.conf', 1],
      ['x.conf', 3],
      ['x.conf', 4],
    ],
  );
});

/** `«value»` in a template stands for what a variable leaves there, `‹value›` for one that was declared safe. */
function withValues(template: string, markers: ValueMarkers) {
  const marked = template
    .replaceAll('«', markers.open)
    .replaceAll('‹', markers.openSafe)
    .replaceAll(/[»›]/gu, markers.close);
  const rendered = readValueMarkers(marked, markers);
  if (!rendered) throw new Error('unbalanced');
  return readLayer(rendered, 'x.conf');
}

const markers = createValueMarkers('123456');

const REFUSED: readonly (readonly [name: string, template: string, line: number])[] = [
  ['a line break that adds an option', '[program:x]\ncommand=«a\nautostart=true»', 2],
  ['a line break that adds a section', '[program:x]\ncommand=«a\n[program:evil]\ncommand=b»', 2],
  ['a carriage return', '[program:x]\ncommand=«a\rb=c»', 2],
  ['a line break at the end of the file', '[program:x]\ncommand=«a\n»', 2],
  ['a comment that cuts the rest off', '[program:x]\ncommand=«a ;» --safe', 2],
  ['a comment mark after a space of the file', '[program:x]\ncommand=a «#b»', 2],
  ['a whole section', '[program:x]\ncommand=a\n«[program:evil]»\ncommand=b', 3],
  ['a whole option', '[program:x]\ncommand=a\n«user=root»', 3],
  ['an option by its delimiter', '[program:x]\n«user=root»suffix', 2],
  ['a section by its bracket', '[program:«x]»', 1],
  ['a section by its kind', '[«program:evil»]\ncommand=a', 1],
  ['an indentation that makes it a continuation', '[program:x]\ncommand=a\n«  »b=c', 3],
  ['a whole line that is a comment', '[program:x]\n«; nothing»', 2],
];

for (const [name, template, line] of REFUSED) {
  test(`a value cannot add structure: ${name}`, (t) => {
    const { problems } = withValues(template, markers);
    t.true(problems.length > 0);
    t.is(problems[0]?.line, line);
  });
}

const ACCEPTED: readonly (readonly [template: string, value: string])[] = [
  ['[program:x]\ncommand=«/usr/bin/python» «a b»', '/usr/bin/python a b'],
  ['[program:x]\ncommand=«100%»', '100%%'],
  ['[program:x]\ncommand=‹%(ENV_HOME)s›', '%(ENV_HOME)s'],
  ['[program:x]\ncommand=%(ENV_HOME)s«%»', '%(ENV_HOME)s%%'],
  ['[program:x]\ncommand=«a;b[c]=d:e»', 'a;b[c]=d:e'],
  ['[program:«x»]\ncommand=a', 'a'],
  ['[program:x]\ncommand=a\n  «[b] c=d 5%»', 'a\n[b] c=d 5%%'],
];

for (const [template, value] of ACCEPTED) {
  test(`a value stays what it is: ${JSON.stringify(template)}`, (t) => {
    const { layer, problems } = withValues(template, markers);
    t.deepEqual(problems, []);
    t.is(layer[0]?.settings.get('command')?.value, value);
  });
}

test('markers that were cut or turned around are not trusted', (t) => {
  t.is(readValueMarkers(`a${markers.open}b`, markers), null);
  t.is(readValueMarkers(`a${markers.close}b`, markers), null);
  t.is(readValueMarkers(`${markers.open}${markers.open}b${markers.close}`, markers), null);
  t.deepEqual(readValueMarkers(`a${markers.open}b${markers.close}c`, markers), {
    text: 'abc',
    spans: [{ start: 1, end: 2, safe: false }],
  });
});
