import stringWidth from 'fast-string-width';
import { isSingleWidth } from '../../core/view/glyphs.ts';

/** In columns of a terminal. */
export function textWidth(text: string): number {
  return isSingleWidth(text) ? text.length : stringWidth(text);
}
