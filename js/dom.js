// Functions to find and to make elements of the page, with their types.

/**
 * Return the element with this id. Throws a TypeError when the page has none of this type.
 *
 * @template {Element} Type
 * @param {string} id
 * @param {new () => Type} type
 * @returns {Type}
 */
export function byId(id, type) {
  const element = document.getElementById(id);
  if (element instanceof type) return element;
  throw new TypeError(`no ${type.name} #${id}`);
}

/**
 * Return the first element that matches, or null.
 *
 * @template {Element} [Type=HTMLElement]
 * @param {string} selector
 * @param {ParentNode} [root]
 * @returns {Type | null}
 */
export const one = (selector, root = document) => root.querySelector(selector);

/**
 * Return all elements that match, in the order of the page.
 *
 * @template {Element} [Type=HTMLElement]
 * @param {string} selector
 * @param {ParentNode} [root]
 * @returns {Type[]}
 */
export const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));

/**
 * Return the nearest element that matches, from the target of an event upwards, or null.
 *
 * @template {Element} [Type=HTMLElement]
 * @param {{ target: EventTarget | null }} event
 * @param {string} selector
 * @returns {Type | null}
 */
export const closest = ({ target }, selector) => (target instanceof Element ? target.closest(selector) : null);

/**
 * Make an element with these attributes and children.
 *
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Record<string, string>} [attributes]
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/**
 * Parse the page of an answer.
 *
 * @param {string} html
 */
export const parsePage = (html) => new DOMParser().parseFromString(html, "text/html");
