// The objects that answers hold, and the frames and events of the socket.
import { make } from './make.js';
import { whole } from './shape.js';
import { word } from './words.js';

/** @returns {HTMLElement} something that opens */
function entry(id, name, about, text, inside) {
  const details = make('details', { class: 'route', id, 'data-text': text.toLowerCase() }, make('summary', {}, make('code', {}, name), make('span', { class: 'ref-sum' }, about)));
  details.addEventListener('toggle', () => {
    if (details.open && !details.querySelector('.ref-body')) details.append(make('div', { class: 'ref-body' }, inside()));
  });
  return details;
}

/** @param {any} openapi @returns {HTMLElement[]} every object by its name */
export const described = (openapi) =>
  Object.entries(openapi.components.schemas).map(([name, schema]) =>
    entry(`object-${name}`, name, schema.description ?? '', `${name} ${word('objects')} ${Object.keys(schema.properties ?? {}).join(' ')}`, () => whole(schema)));

/** @param {any} openapi @returns {HTMLElement[]} both directions, every event, every close */
export function socket(openapi) {
  const { events, closes } = openapi['x-websocket'];
  const of = (name) => openapi.components.schemas[name];
  return [
    entry('socket-client', word('socket.client'), '', `socket client ${word('socket')}`, () => whole(of('ClientFrame'))),
    entry('socket-server', word('socket.server'), '', `socket server ${word('socket')}`, () => whole(of('ServerFrame'))),
    ...Object.entries(events).map(([name, { description, data }]) => entry(`event-${name}`, name, description, `${name} ${description} event`, () => whole(data))),
    entry('socket-closes', word('socket.closes'), '', 'socket closes', () =>
      make('dl', { class: 'ref-fields' }, ...Object.entries(closes).map(([code, about]) => make('div', { class: 'ref-field' }, make('dt', {}, make('code', {}, code)), make('dd', {}, about))))),
  ];
}
