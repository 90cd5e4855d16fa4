// Administration: every room, how large it is and who looks after it. What is said in them is their members' own.
import { html, lazy, useState } from '../../view.js';
import { size } from '../../bytes.js';
import { openDialog } from '../../layers.js';
import { ago, full } from '../../time.js';
import { t } from '../../i18n.js';
import { Icon, RoomSign } from '../basics.js';
import { Listing } from './listing.js';
import { usePaged } from './paged.js';

const OneRoom = lazy(() => import('./room.js').then((module) => module.OneRoom), 'panels', 'admin', 'rooms');

const ORDERS = ['name', 'active', 'members', 'bytes'];

/** The section. */
export function Rooms() {
  const [query, setQuery] = useState('');
  const [order, setOrder] = useState('name');
  const [lost, setLost] = useState(false);
  const rooms = usePaged(`/admin/rooms/table?limit=50&order=${order}&lost=${lost}&query=${encodeURIComponent(query.trim())}`, 'rooms', { mark: 'offset', typing: Boolean(query) });
  const { page } = rooms;
  const open = (room) => openDialog(OneRoom, { id: room.id, changed: rooms.again });
  return html`<div class="bar">
      <label class="findp"><span class="sr">${t('admin.rooms.find')}</span><${Icon} name="search" size="s" />
        <input class="f-i" type="search" value=${query} placeholder=${t('admin.rooms.find')} autocomplete="off" onInput=${(event) => setQuery(event.currentTarget.value)} /></label>
      <label class="sr" for="rooms-order">${t('admin.rooms.order')}</label>
      <select class="f-i" id="rooms-order" value=${order} onChange=${(event) => setOrder(event.currentTarget.value)}>${ORDERS.map((name) => html`<option key=${name} value=${name}>${t(`admin.rooms.order.${name}`)}</option>`)}</select>
      <label class="lost"><input type="checkbox" checked=${lost} onChange=${(event) => setLost(event.currentTarget.checked)} /><span>${t('admin.rooms.lost')}</span></label>
    </div>
    <${Listing} of=${rooms} count=${page?.rooms.length} none=${t('admin.rooms.none')}><div class="card tablew" tabindex="0" role="region" aria-label=${t('admin.rooms')}><table class="roomtable">
        <thead><tr>${['name', 'members', 'messages', 'bytes', 'active'].map((name) => html`<th key=${name} scope="col" aria-sort=${order === name ? (name === 'name' ? 'ascending' : 'descending') : null}>${t(`admin.rooms.col.${name}`)}</th>`)}</tr></thead>
        <tbody>${page?.rooms.map((row) => html`<${Row} key=${row.room.id} row=${row} open=${() => open(row.room)} />`)}</tbody></table></div></${Listing}>
    ${page && html`<p class="mut away">${t('admin.rooms.total', { n: page.total })} · ${t('admin.rooms.directs', { n: page.directs })}</p>`}`;
}

function Row({ row: { room, messages, messages_more: more, files, bytes, last_at: last, admins }, open }) {
  const number = t('admin.overview.number', { n: messages });
  return html`<tr>
    <th scope="row"><button type="button" class="acct" aria-haspopup="dialog" onClick=${open}><${RoomSign} room=${room} /><span class="nmw"><b class="utext">${room.name}</b>
      <small class="marks">${t(`room.kind.${room.kind}`)}${room.archived && html`<span class="chip">${t('admin.rooms.archived')}</span>`}${!admins && html`<span class="chip chip-out">${t('admin.rooms.noadmin')}</span>`}</small></span></button></th>
    <td data-label=${t('admin.rooms.col.members')}>${t('admin.overview.number', { n: room.member_count })}</td>
    <td data-label=${t('admin.rooms.col.messages')}>${more ? t('admin.rooms.more', { n: messages }) : number}</td>
    <td data-label=${t('admin.rooms.col.bytes')}>${files ? size(bytes) : '–'}</td>
    <td data-label=${t('admin.rooms.col.active')}>${last ? html`<time datetime=${new Date(last).toISOString()} title=${full(last)}>${ago(last)}</time>` : '–'}</td></tr>`;
}
