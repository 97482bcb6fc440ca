/** The value of an option in what `getconfig` prints; null when it is not there. */
export function optionOf(text: string, section: string, key: string): string | null {
  const body = text.split(/^(?=\[)/mu).find((part) => part.startsWith(`[${section}]\n`)) ?? '';
  const line = body.split('\n').find((each) => each.startsWith(`${key}=`));
  return line === undefined ? null : line.slice(key.length + 1);
}
