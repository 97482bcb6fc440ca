/** Control characters and direction marks that JSON leaves as they are, though a terminal acts on them. */
const UNSAFE = /[\u007f-\u009f\u2028\u2029\p{Bidi_Control}]/gu;

/** JSON whose text is harmless on a terminal, and the same data for a parser. */
export function toJson(value: unknown, indent = 0): string {
  const text = JSON.stringify(value, null, indent);
  return text.replace(UNSAFE, (char) => String.raw`\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
