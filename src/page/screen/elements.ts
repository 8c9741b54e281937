// Elements of the page.

/** The element of an id that the page has (src/page/document.ts). */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no ${id}`);
  return found as T;
}

/** A new element. What it says is text, never markup. */
export function make<K extends keyof HTMLElementTagNameMap>(tag: K, classes = '', text = ''): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (classes !== '') element.className = classes;
  if (text !== '') element.textContent = text;
  return element;
}
