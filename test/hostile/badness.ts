// Kinds of badness, as text: what a door does with it is the door's own business.

export type Badness = { readonly kind: string; readonly texts: readonly string[] };

const LONG = 300_000;
const repeat = (unit: string, length = LONG): string => unit.repeat(Math.ceil(length / unit.length));

export const BADNESSES: readonly Badness[] = [
  {
    kind: 'bytes without a place',
    texts: ['a\u0001b', '\u0000', '\uffff', '\ud800', '\u001b]52;c;Zm9v\u0007', '\u009b31m', '\u202e\u200b\u{e0041}'],
  },
  {
    kind: 'references',
    texts: ['&#x110000;', '&#xd800;', '&#0;', '&#', '&x;', '${X', '%(x', '${X:-}', '%%', '{{', '\\u{110000}'],
  },
  {
    kind: 'deep',
    texts: [repeat('['), repeat('{"a":'), repeat('<value>'), repeat('('), repeat('<array><data><value>', 60_000)],
  },
  { kind: 'long', texts: [repeat('x'), repeat('\u0301'), repeat('😀'), repeat('1')] },
  {
    kind: 'repeated',
    texts: [
      repeat('<struct></struct>'),
      repeat('[a]\n'),
      repeat('a=1\n'),
      repeat('web '),
      repeat('a,'),
      repeat('\u001b[31m'),
    ],
  },
  {
    kind: 'quadratic',
    texts: [
      repeat(' '),
      repeat('\r'),
      repeat('\t'),
      repeat('*a', 26),
      `${repeat('*a', 900)}x`,
      '(a+)+$',
      repeat('&'),
      repeat('<!--'),
      repeat('\u009d'),
    ],
  },
];

/** What only a connection can do. */
export const MANNERS = ['endless', 'slow', 'silent', 'cut', 'lying about its length'] as const;
export type Manner = (typeof MANNERS)[number];
