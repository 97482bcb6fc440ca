/** Tells one engine from every other, by when and where it began; not a secret, so it needs no cryptography. */
export function createEpoch(): string {
  const began = Math.round(performance.timeOrigin * 1_000);
  const parts = [began, process.pid, Math.floor(Math.random() * 2 ** 48)];
  return parts.map((part) => part.toString(36)).join('-');
}
