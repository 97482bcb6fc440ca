// Whoever reads a message takes so many bytes of it, and a control character of one unit is written as six.

/** What this text takes in a message: JSON, in UTF-8. */
export function bytesInJson(text: string): number {
  const json = JSON.stringify(text);
  let bytes = json.length;
  for (let at = 0; at < json.length; at += 1) {
    const unit = json.charCodeAt(at);
    if (unit < 0x80) continue;
    // Two for each half of a pair, which are four together.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return bytes;
}
