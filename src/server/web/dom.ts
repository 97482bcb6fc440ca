// Elements in one line each. Text only ever becomes a text node: nothing that came from outside can become markup.

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
  for (const [name, value] of Object.entries(props.attrs ?? {})) if (value !== null) element.setAttribute(name, value);
  for (const [name, listener] of Object.entries(props.on ?? {})) element.addEventListener(name, listener);
  if (typeof children === 'string') element.textContent = children;
  else element.append(...children.filter((child) => child !== null));
  return element;
}

export function button(label: string, onClick: () => void, props: Props = {}): HTMLButtonElement {
  const attrs = { type: 'button', ...props.attrs };
  return h('button', { ...props, attrs, on: { click: onClick } }, label);
}

/** Writes only what is another text: what does not change is not touched. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function setClass(element: Element, name: string, on: boolean): void {
  element.classList.toggle(name, on);
}
