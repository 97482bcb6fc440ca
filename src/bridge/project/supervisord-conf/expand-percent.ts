const CONVERSION = /^%\((?<name>[^)]*)\)(?<zero>0?)(?<width>\d*)[sd]$/u;

/**
 * supervisord's expansion of a value: Python's `value % variables` for the conversions that people use. Null when it
 * names something unknown or is no valid format, which supervisord would refuse as well.
 */
export function expandPercent(value: string, variables: Readonly<Record<string, string | number>>): string | null {
  let failed = false;
  const expanded = value.replaceAll(/%(?:%|\([^)]*\)\d*[sd]|)/gu, (found) => {
    if (found === '%%') return '%';
    const { name = '', zero = '', width = '' } = CONVERSION.exec(found)?.groups ?? {};
    const known = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (known === undefined) failed = true;
    return String(known ?? '').padStart(Number(width), zero || ' ');
  });
  return failed ? null : expanded;
}
