/** Shell glob (`* ? [abc] [!abc]`) over the whole text, case-sensitive; `*` crosses colons, as in multivisor. */
export function toGlobRegExp(glob: string): RegExp {
  let source = '';
  for (let i = 0; i < glob.length; i++) {
    const char = glob.charAt(i);
    const close = char === '[' ? glob.indexOf(']', i + 2) : -1;
    if (char === '*') source += '.*';
    else if (char === '?') source += '.';
    else if (close > 0) {
      source += toCharacterClass(glob.slice(i + 1, close));
      i = close;
    } else source += escapeRegExp(char);
  }
  return new RegExp(`^${source}$`, 'su');
}

export function isGlob(text: string): boolean {
  return /[*?[]/.test(text);
}

export function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/gu, String.raw`\$&`);
}

/** A class that makes no sense, such as [z-a], stands for itself: what people type must not throw. */
function toCharacterClass(inside: string): string {
  const negated = inside.startsWith('!') || inside.startsWith('^');
  const members = (negated ? inside.slice(1) : inside).replace(/[\\\]^[]/g, String.raw`\$&`);
  const source = `[${negated ? '^' : ''}${members}]`;
  try {
    return new RegExp(source, 'u').source;
  } catch {
    return escapeRegExp(`[${inside}]`);
  }
}
