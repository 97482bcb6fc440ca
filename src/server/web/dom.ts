// Elements in one line each. Text only ever becomes a text node: nothing that came from outside can become markup, and
// what could reorder or hide text is told as on a terminal.
import { escapeText } from '../../core/view/escape.ts';

export type Child = Node | string | null;

export type Props = {
  readonly class?: string;
  readonly on?: Readonly<Record<string, (event: Event) => void>>;
  /** Everything else is an attribute; null leaves it out. */
  readonly attrs?: Readonly<Record<string, string | null>>;
};

export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  props: Props = {},
  children: readonly Child[] | string = [],
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  if (props.class !== undefined) element.className = props.class;
  for (const [name, value] of Object.entries(props.attrs ?? {})) {
    if (value !== null) element.setAttribute(name, READ_BY_PEOPLE.has(name) ? toShown(value) : value);
  }
  for (const [name, listener] of Object.entries(props.on ?? {})) element.addEventListener(name, listener);
  if (typeof children === 'string') element.textContent = toShown(children);
  else element.append(...children.filter((child) => child !== null).map(toNode));
  return element;
}

export function button(label: string, onClick: () => void, props: Props = {}): HTMLButtonElement {
  const attrs = { type: 'button', ...props.attrs };
  return h('button', { ...props, attrs, on: { click: onClick } }, label);
}

/** Writes only what is another text: what does not change is not touched. */
export function setText(element: Element, text: string): void {
  const shown = toShown(text);
  if (element.textContent !== shown) element.textContent = shown;
}

/** Also for what is no element: a title. Lines stay lines. */
export function toShown(text: string): string {
  return text.includes('\n') ? text.split('\n').map(escapeText).join('\n') : escapeText(text);
}

const READ_BY_PEOPLE: ReadonlySet<string> = new Set(['title', 'aria-label', 'placeholder']);

function toNode(child: Node | string): Node | string {
  return typeof child === 'string' ? toShown(child) : child;
}

export function setClass(element: Element, name: string, on: boolean): void {
  element.classList.toggle(name, on);
}
