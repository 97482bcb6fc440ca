/**
 * What JSON leaves as it is though a terminal acts on it, or shows nothing of it: controls beyond the first ones, direction
 * marks, zero-width and tag characters. The two that choose between the faces of a sign stay.
 */
const UNSAFE = /(?![\ufe0e\ufe0f])[\u007f-\u009f\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]/gu;

/** JSON whose text is harmless on a terminal, and the same data for a parser. */
export function toJson(value: unknown, indent = 0): string {
  const text = JSON.stringify(value, null, indent);
  return text.replace(UNSAFE, (char) => char.split('').map(toEscape).join(''));
}

function toEscape(unit: string): string {
  return String.raw`\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
