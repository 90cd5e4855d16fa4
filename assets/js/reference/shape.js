// Shapes of JSON Schema for people: a line for each field, and what it may be.
import { make } from './make.js';
import { word } from './words.js';

const nameOf = (reference) => reference.split('/').pop();

/** @param {any} schema @returns {(Node|string)[]} what it may be, in a few words, with links to objects */
export function kind(schema) {
  if (!schema || schema === true) return ['any'];
  if (schema.$ref) return [make('a', { href: `#object-${nameOf(schema.$ref)}` }, nameOf(schema.$ref))];
  if (schema.const !== undefined) return [JSON.stringify(schema.const)];
  if (schema.enum) return [schema.enum.map((one) => JSON.stringify(one)).join(' | ')];
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return choices.flatMap((one, at) => (at ? [' | ', ...kind(one)] : kind(one)));
  const types = [schema.type ?? 'any'].flat();
  return types.flatMap((type, at) => {
    const shown = type === 'array' ? ['[', ...kind(schema.items), ']'] : [type];
    return at ? [' | ', ...shown] : shown;
  });
}

/** @param {any} schema @returns {string} the bounds */
export function bounds(schema) {
  const found = [];
  const { minLength, maxLength, minimum, maximum, minItems, maxItems, pattern } = schema ?? {};
  const span = (low, high, of) => (low || high !== undefined) && found.push(`${low ?? 0}–${high ?? '…'} ${of}`.trim());
  span(minLength, maxLength, 'characters');
  span(minItems, maxItems, 'items');
  if (maximum !== undefined && maximum < 2 ** 32 - 1) span(minimum, maximum, '');
  if (pattern) found.push(pattern);
  return found.join(', ');
}

/** @param {any} schema @returns {HTMLElement|null} its fields, one in a line */
export function fields(schema) {
  const properties = Object.entries(schema?.properties ?? {});
  if (!properties.length) return null;
  const row = ([name, of]) => {
    const inner = of.properties ? of : of.items?.properties ? of.items : null;
    return make('div', { class: 'ref-field' },
      make('dt', {}, make('code', {}, name), schema.required?.includes(name) ? '' : make('span', { class: 'ref-opt' }, word('optional'))),
      make('dd', {}, make('code', {}, ...kind(of)), ' ', make('span', { class: 'ref-bounds' }, bounds(of)), of.description ? make('span', { class: 'ref-says' }, of.description) : '', inner && fields(inner)));
  };
  return make('dl', { class: 'ref-fields' }, ...properties.map(row));
}

/** @param {any} schema @returns {HTMLElement} the whole of it: fields, or choices, or what it is */
export function whole(schema) {
  const choices = schema?.oneOf ?? schema?.anyOf;
  if (choices?.some((one) => one.properties)) return make('div', {}, ...choices.map((one) => make('div', { class: 'ref-choice' }, whole(one))));
  return fields(schema) ?? make('p', { class: 'ref-kind' }, make('code', {}, ...kind(schema)), ' ', bounds(schema));
}
