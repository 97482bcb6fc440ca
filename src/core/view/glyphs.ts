// Glyphs of our own: one UTF-16 unit and one cell each, on every terminal.

/** One cell for one cell, so that alignment holds. Letters of outside names are not touched. */
export const ASCII_FORMS: Readonly<Record<string, string>> = {
  '●': '*',
  '◐': '~',
  '▲': '^',
  '✖': 'X',
  '○': 'o',
  '◌': '~',
  '◉': '+',
  '▌': '>',
  '▾': 'v',
  '▸': '>',
  '▏': '_',
  '─': '-',
  '│': '|',
  '┃': '!',
  '…': '.',
  '–': '-',
  '·': '|',
  '→': '>',
  '↵': '<',
  '↓': 'v',
  '↑': '^',
  '×': 'x',
};

const SINGLE = new RegExp(`^[ -~${Object.keys(ASCII_FORMS).join('')}]*$`, 'u');

/** One cell for each character: printable ASCII and our own glyphs. Whatever else needs tables of widths, slow to load. */
export function isSingleWidth(text: string): boolean {
  return SINGLE.test(text);
}
