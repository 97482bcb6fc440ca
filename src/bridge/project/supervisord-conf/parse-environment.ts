/** What an `environment` of supervisord stands for, already expanded; null when supervisord would refuse it. */
export function parseEnvironment(text: string): Readonly<Record<string, string>> | null {
  const variables: Record<string, string> = {};
  const pair = /\s*([\w./+():-]+)\s*=\s*("[^"]*"|'[^']*'|[\w./+():-]+)\s*(?:,|$)/uy;
  const end = text.trimEnd().length;
  while (pair.lastIndex < end) {
    const [, name, value] = pair.exec(text) ?? [];
    if (name === undefined || value === undefined) return null;
    variables[name] = value.replaceAll(/^['"]+|['"]+$/gu, '');
  }
  return variables;
}
