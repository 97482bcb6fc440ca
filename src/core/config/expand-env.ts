export type Expanded =
  | { readonly ok: true; readonly value: string }
  /** Names of variables that are not set and have no default. */
  | { readonly ok: false; readonly missing: readonly string[] };

const VARIABLE = /\$(\$\{)|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/gu;

/** `${NAME}`, and `${NAME:-default}` where an empty variable counts as unset, as in a shell; `$${` stands for `${`. */
export function expandEnv(text: string, env: Readonly<Record<string, string | undefined>>): Expanded {
  const missing: string[] = [];
  let value = '';
  let rest = 0;
  for (const match of text.matchAll(VARIABLE)) {
    const [whole, escaped, name = '', fallback] = match;
    const set = env[name];
    value += text.slice(rest, match.index);
    rest = match.index + whole.length;
    if (escaped !== undefined) value += '${';
    else if (fallback !== undefined) value += set === undefined || set === '' ? fallback : set;
    else if (set === undefined) missing.push(name);
    else value += set;
  }
  return missing.length > 0 ? { ok: false, missing } : { ok: true, value: value + text.slice(rest) };
}
