const ESC = '\u001b';
const SEQUENCE = new RegExp(`${ESC}\\[[0-9;?]*[A-Za-z]`, 'gu');
const COLOUR = new RegExp(`${ESC}\\[(?:\\d+;)*(?:[34][0-7]|[34]8;5;\\d+|9[0-7]|10[0-7])m`, 'u');

/** Text as it is read on the screen, without colours and cursor movements. */
export function plain(text: string): string {
  return text.replaceAll(SEQUENCE, '');
}

export function isColoured(text: string): boolean {
  return COLOUR.test(text);
}
