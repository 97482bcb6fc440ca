// What whoever stops and starts by hand says to the program `readiness`, on its standard input.
export type OrderRequest = { readonly act: 'start' | 'drop'; readonly names: readonly string[] };

export function toOrderRequest({ act, names }: OrderRequest): string {
  return `${act} ${names.join(',')}\n`;
}

export function parseOrderRequest(line: string): OrderRequest | null {
  const [, act, names = ''] = /^(start|drop) (.+)$/u.exec(line.trim()) ?? [];
  return act === 'start' || act === 'drop' ? { act, names: names.split(',') } : null;
}
