/**
 * An element with its attributes and children; texts are texts.
 * @param {string} name
 * @param {Record<string, string>} attributes
 * @param {...(Node|string|null|undefined|false)} children
 * @returns {HTMLElement}
 */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children.filter((child) => child || child === 0));
  return element;
}
