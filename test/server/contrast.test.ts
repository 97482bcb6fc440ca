import { readFileSync } from 'node:fs';
import test from 'ava';

const css = readFileSync(new URL('../../src/server/web/page.css', import.meta.url), 'utf8');
const THEMES = {
  dark: /^:root \{(.*?)\}/msu,
  'light, chosen': /^:root\[data-theme='light'\] \{(.*?)\}/msu,
  'light, by the system': /prefers-color-scheme: light\) \{\s*:root:not\(\[data-theme='dark'\]\) \{(.*?)\}/su,
};
const TEXTS = ['text', 'dim', 'accent', 'running', 'moving', 'warning', 'bad', 'still'];

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].toSorted((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

/** As a browser lays a colour of this strength over another. */
function mixed(over: string, under: string, share: number): string {
  const parts = [1, 3, 5].map((at) => {
    const [above = 0, below = 0] = [over, under].map((hex) => Number.parseInt(hex.slice(at, at + 2), 16));
    return Math.round(above * share + below * (1 - share))
      .toString(16)
      .padStart(2, '0');
  });
  return `#${parts.join('')}`;
}

/** The row of the cursor; a row under the pointer is lighter. */
const CURSOR_SHARE = Number(/\.row\.cursor \{[^}]*var\(--accent\) (\d+)%/su.exec(css)?.[1]) / 100;

for (const [name, pattern] of Object.entries(THEMES)) {
  test(`every text can be read on every ground (WCAG AA): ${name}`, (t) => {
    const block = pattern.exec(css)?.[1] ?? '';
    const colors = Object.fromEntries(
      Array.from(block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/gu), ([, key, hex]) => [key, hex]),
    );
    const color = (key: string) => colors[key] ?? '';
    const grounds = {
      ground: color('ground'),
      raised: color('raised'),
      cursor: mixed(color('accent'), color('ground'), CURSOR_SHARE),
    };
    for (const [ground, hex] of Object.entries(grounds)) {
      for (const text of TEXTS) {
        const ratio = contrast(color(text), hex);
        t.true(ratio >= 4.5, `${text} on ${ground} ${hex}: ${ratio.toFixed(2)}`);
      }
    }
    t.true(contrast(color('on-accent'), color('accent')) >= 4.5);
  });
}
