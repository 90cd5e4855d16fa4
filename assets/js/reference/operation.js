// One route: what it does, who may ask, what it reads and answers, and how to try it.
import { make } from './make.js';
import { said } from './said.js';
import { bounds, kind, whole } from './shape.js';
import { word } from './words.js';

/** @returns {string} the words by which an address names a route */
const anchorOf = ({ about }) => about.operationId;

const resolved = (value, openapi) => (value?.$ref ? value.$ref.slice(2).split('/').reduce((at, name) => at[name], openapi) : value);

/** Who may ask, and with what scope. */
function who({ about }) {
  if (!about.security.length) return word('anyone');
  const scheme = (name) => about.security.find((one) => name in one)?.[name];
  if (scheme('operator')) return word('operator');
  const scope = scheme('key');
  if (!scope) return word('login');
  return word('person') + (scope.length ? ` ${word('scope')} ${scope.join(', ')}` : '');
}

/** A line for a shell. */
function curl({ method, path, about }) {
  const body = about.requestBody?.content ?? {};
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => `$${name.toUpperCase()}`);
  const parts = [`curl "${location.origin}${filled}"`];
  if (method !== 'GET') parts.unshift(parts.shift().replace('curl', `curl -X ${method}`));
  if (about.security.length) parts.push('-H "Authorization: Bearer $SNUG_KEY"');
  for (const { name, required } of about.parameters ?? []) if (required && name === 'Tus-Resumable') parts.push("-H 'Tus-Resumable: 1.0.0'");
  if (body['application/json']) parts.push("-H 'Content-Type: application/json'", `-d ${quoted(JSON.stringify(body['application/json'].example))}`);
  else if (Object.keys(body).length) parts.push(`-H 'Content-Type: ${Object.keys(body)[0]}'`, '--data-binary @FILE');
  return parts.join(' \\\n  ');
}

const heading = (text) => make('h3', {}, text);

function parameters(list) {
  const row = ({ name, in: place, required, description, schema }) =>
    make('div', { class: 'ref-field' },
      make('dt', {}, make('code', {}, name), required ? '' : make('span', { class: 'ref-opt' }, word('optional'))),
      make('dd', {}, make('span', { class: 'ref-in' }, place), ' ', make('code', {}, ...kind(schema)), ' ', make('span', { class: 'ref-bounds' }, bounds(schema)), description ? make('span', { class: 'ref-says' }, description) : ''));
  return make('dl', { class: 'ref-fields' }, ...list.map(row));
}

function answer([status, told], openapi) {
  const response = resolved(told, openapi);
  const schema = response.content?.['application/json']?.schema;
  const types = Object.keys(response.content ?? {}).filter((type) => !type.includes('json'));
  return make('div', { class: `ref-answer ${status < 400 ? 'good' : 'bad'}` },
    make('p', {}, make('b', {}, status), ' ', ...said(response.description), types.length ? ` ${types.join(', ')}` : ''),
    schema && whole(schema));
}

function body(route, openapi) {
  const { about } = route;
  const read = about.requestBody;
  const json = read?.content['application/json'];
  const answers = Object.entries(about.responses);
  const good = answers.filter(([status]) => status < 400);
  const bad = answers.filter(([status]) => status >= 400);
  const copy = make('pre', { tabindex: '0', role: 'group', 'aria-label': word('try') }, make('code', {}, curl(route)));
  return make('div', { class: 'ref-body' },
    about.description ? make('p', {}, ...said(about.description)) : '',
    make('p', { class: 'ref-who' }, make('b', {}, word('who')), ' ', who(route)),
    about.parameters ? heading(word('parameters')) : '', about.parameters && parameters(about.parameters),
    read ? heading(word('body')) : '',
    read && (json ? whole(json.schema) : make('p', {}, ...said(read.description ?? ''), ' ', make('code', {}, Object.keys(read.content).join(', ')))),
    heading(word('answers')), ...good.map((one) => answer(one, openapi)),
    make('details', { class: 'ref-bads' }, make('summary', {}, word('problems')), ...bad.map((one) => answer(one, openapi))),
    about.security.some((one) => 'operator' in one) ? '' : heading(word('try')),
    about.security.some((one) => 'operator' in one) ? '' : copy);
}

/** @param {{method: string, path: string, about: any}} route @returns {HTMLElement} closed; what is inside is made when it is opened */
export function operation(route, openapi) {
  const { method, path, about } = route;
  const summary = make('summary', {}, make('span', { class: `ref-method ${method.toLowerCase()}` }, method), make('code', {}, path), make('span', { class: 'ref-sum' }, about.summary));
  const details = make('details', { class: 'route', id: anchorOf(route), 'data-text': `${method} ${path} ${about.summary} ${about.tags[0]}`.toLowerCase() }, summary);
  details.addEventListener('toggle', () => {
    if (details.open && !details.querySelector('.ref-body')) details.append(body(route, openapi));
  });
  return details;
}
