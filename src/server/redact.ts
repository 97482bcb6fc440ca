// A configuration as it may be shown: everything but its secrets.

const SECRET_KEY = /^(\s*[\w.-]*(?:password|passwd|secret|token|hash|credential|key)[\w.-]*\s*[=:])(.*)$/iu;
const USER_INFO = /([a-z][a-z0-9+.-]*:\/\/)[^\s/?#]*@/giu;
const HIDDEN = '********';

export function redactConfig(text: string): string {
  let hiding = false;
  return text
    .split(/(?<=\n)/u)
    .map((line) => {
      const [, head, value = ''] = SECRET_KEY.exec(line.trimEnd()) ?? [];
      const continued = hiding && /^\s+\S/u.test(line);
      // A value may go on over indented lines.
      if (continued) return line.replace(/\S.*(?=\r?\n?$)/u, HIDDEN);
      hiding = head !== undefined;
      if (head !== undefined) return value.trim() === '' ? line : `${head} ${HIDDEN}${line.endsWith('\n') ? '\n' : ''}`;
      return line.replace(USER_INFO, `$1${HIDDEN}@`);
    })
    .join('');
}
