/** The words of a line as a shell takes them: quotes and backslashes hold them together; nothing is expanded. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  const pattern = /((?:[^\s'"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+|['"].*)/gsu;
  for (const [word] of line.matchAll(pattern)) {
    words.push(
      word.replace(/\\(.)|'([^']*)'|"((?:[^"\\]|\\.)*)"/gsu, (_, ...parts: (string | undefined)[]) => {
        const [escaped, single, double] = parts;
        return escaped ?? single ?? (double ?? '').replace(/\\(.)/gsu, '$1');
      }),
    );
  }
  return words;
}
