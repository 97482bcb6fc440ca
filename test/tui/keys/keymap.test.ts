import { readFile } from 'node:fs/promises';
import test from 'ava';
import type { Key } from 'ink';
import { toCharacter, toKeys } from '../../../src/tui/keys/decode.ts';
import { BINDINGS } from '../../../src/tui/keys/key-table.ts';
import { createKeymap, findBinding, worksOn } from '../../../src/tui/keys/keymap.ts';
import { keysDocument } from '../../../src/tui/keys/keys-document.ts';
import type { ActionId } from '../../../src/tui/keys/key-table.ts';
import type { Screen } from '../../../src/tui/keys/rule.ts';
import { SCREENS } from '../../../src/tui/keys/rule.ts';

const NO_KEY: Key = {
  upArrow: false,
  downArrow: false,
  leftArrow: false,
  rightArrow: false,
  pageDown: false,
  pageUp: false,
  home: false,
  end: false,
  return: false,
  escape: false,
  ctrl: false,
  shift: false,
  tab: false,
  backspace: false,
  delete: false,
  meta: false,
  super: false,
  hyper: false,
  capsLock: false,
  numLock: false,
};

test('what Ink reports becomes names of keys, one for each character of a chunk', (t) => {
  const rows: readonly (readonly [string, Partial<Key>, readonly string[]])[] = [
    ['j', {}, ['j']],
    ['jjj', {}, ['j', 'j', 'j']],
    ['y\r', {}, ['y', 'enter']],
    [' ', {}, ['space']],
    ['', { downArrow: true }, ['down']],
    ['', { pageUp: true }, ['pageup']],
    ['', { escape: true, meta: true }, ['esc']],
    ['\r', { return: true }, ['enter']],
    ['', { delete: true }, ['backspace']],
    ['', { backspace: true }, ['backspace']],
    ['', { tab: true, shift: true }, ['shift-tab']],
    ['d', { ctrl: true }, ['ctrl-d']],
    ['a\u0004b', {}, ['a', 'ctrl-d', 'b']],
    ['温😀', {}, ['温', '😀']],
    ['G', { shift: true }, ['G']],
    ['[<0;10;20M', {}, []],
    ['[200~', {}, []],
    ['OP', {}, ['f1']],
  ];
  for (const [input, key, keys] of rows) t.deepEqual(toKeys(input, { ...NO_KEY, ...key }), keys, JSON.stringify(input));
});

test('only keys that write something are characters', (t) => {
  t.is(toCharacter('a'), 'a');
  t.is(toCharacter('space'), ' ');
  t.is(toCharacter('😀'), '😀');
  t.is(toCharacter('enter'), null);
  t.is(toCharacter('ctrl-a'), null);
});

test('on no screen does a key mean two things', (t) => {
  for (const screen of SCREENS) {
    const seen = new Map<string, string>();
    for (const binding of BINDINGS.filter((candidate) => worksOn(candidate, screen))) {
      for (const key of binding.keys) {
        t.is(seen.get(key), undefined, `${key} on ${screen}: ${seen.get(key)} and ${binding.action}`);
        seen.set(key, binding.action);
      }
    }
  }
});

test('a key is found where it works, and the first of a pair is known', (t) => {
  const keymap = createKeymap({});
  const rows: readonly (readonly [Screen, string, ActionId | null, boolean])[] = [
    ['processes', 'g', 'group', true],
    ['processes', 'gg', 'top', false],
    ['processes', 'u', 'unmark-all', false],
    ['processes', 'f', null, false],
    ['logs', 'f', 'log-follow', false],
    ['logs', '/', 'log-search', false],
    ['processes', '/', 'filter', false],
    ['supervisors', 'X', 'shutdown', false],
    ['processes', 'X', null, false],
    ['help', 'r', null, false],
    ['help', 'q', 'back', false],
  ];
  for (const [screen, key, action, prefix] of rows) {
    const found = findBinding(keymap, screen, key);
    t.is(found.binding?.action ?? null, action, `${key} on ${screen}`);
    t.is(found.prefix, prefix, `${key} on ${screen}`);
  }
});

test('keys of the configuration take the place of ours, and mistakes are told', (t) => {
  const keymap = createKeymap({ restart: 'ctrl-t R', nonsense: 'x', stop: '' });
  t.is(findBinding(keymap, 'processes', 'ctrl-t').binding?.action, 'restart');
  t.is(findBinding(keymap, 'processes', 'R').binding?.action, 'restart');
  t.is(findBinding(keymap, 'processes', 'r').binding, null);
  t.is(findBinding(keymap, 'processes', 'x').binding?.action, 'stop');
  t.deepEqual(keymap.problems, [
    '[keys] nonsense: no such action',
    '[keys] stop: no key given',
    '[keys] reread has no key any more',
  ]);
});

test('docs/keys.md is what the key table says', async (t) => {
  t.is(await readFile(new URL('../../../docs/keys.md', import.meta.url), 'utf8'), keysDocument());
});
