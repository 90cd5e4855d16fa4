// Administration: one room; its name and topic, who is in it and who looks after it, and putting it away.
import { html, useState } from '../../view.js';
import { api } from '../../api.js';
import { actions, attempt } from '../../actions.js';
import { t } from '../../i18n.js';
import { Dialog } from '../overlay.js';
import { Avatar, ErrorLine, Icon, RoomSign, sentence } from '../basics.js';
import { usePaged } from './paged.js';

/** @param {{id: number, changed: () => void, close: () => void}} props `changed`: the list behind is old */
export function OneRoom({ id, changed, close }) {
  // What somebody writes stays, whatever comes of the rest meanwhile.
  const [written, setWritten] = useState({});
  const [problem, setProblem] = useState('');
  const { page, error: failed, more, again } = usePaged(`/admin/rooms/${id}?limit=100`, 'members');
  const error = problem || failed;
  if (!page)
    return html`<${Dialog} label=${t('admin.rooms.one')} close=${close} middle=${true} kind="form sm"><${ErrorLine} error=${error} /><div aria-busy=${error ? null : 'true'}></div></${Dialog}>`;
  const { room, members } = page;
  const { name = room.name, topic = room.topic ?? '' } = written;
  const after = async () => {
    setProblem('');
    changed();
    await again();
  };
  const patch = (body) => api('PATCH', `/admin/rooms/${id}`, body);
  const save = async (event) => {
    event.preventDefault();
    try {
      await patch({ ...(name.trim() !== room.name && { name: name.trim() }), ...(topic.trim() !== (room.topic ?? '') && { topic: topic.trim() || null }) });
      await after();
      setWritten({});
    } catch (refused) {
      setProblem(refused.code === 'invalid' ? refused.detail : sentence(refused));
    }
  };
  const touched = name.trim() && (name.trim() !== room.name || topic.trim() !== (room.topic ?? ''));
  const promote = (user) =>
    actions.confirm({
      title: t('admin.rooms.promote.title', { name: user.name }),
      text: t('admin.rooms.promote.text'),
      verb: t('member.makeadmin'),
      run: async () => (await api('PUT', `/admin/rooms/${id}/members/${user.id}`, { role: 'admin' }), await after()),
    });
  const archive = () => attempt(async () => (await patch({ archived: !room.archived }), await after()));
  const remove = () =>
    actions.confirm({
      title: t('admin.rooms.delete.title', { name: room.name }),
      text: t('admin.rooms.delete.text'),
      verb: t('admin.rooms.delete'),
      danger: true,
      run: async () => (await api('DELETE', `/admin/rooms/${id}`), changed(), close()),
    });
  return html`<${Dialog} label=${room.name} close=${close} middle=${true} kind="form account">
    <header><${RoomSign} room=${room} size="av-56" />
      <div><h2 class="utext">${room.name}</h2><p>${t(`room.kind.${room.kind}`)}${room.archived && html` · ${t('admin.rooms.archived')}`}</p></div>
      <button type="button" class="ib" aria-label=${t('action.close')} onClick=${close}><${Icon} name="x" /></button></header>
    <${ErrorLine} error=${error} />
    ${
      !room.archived &&
      html`<form onSubmit=${save}>
      <div class="f-g"><label class="f-l" for="room-name">${t('room.name')}</label><input class="f-i" id="room-name" value=${name} maxlength="80" required autocomplete="off" onInput=${(event) => setWritten({ ...written, name: event.currentTarget.value })} /></div>
      <div class="f-g"><label class="f-l" for="room-topic">${t('room.topic')} <span class="mut">${t('form.optional')}</span></label><input class="f-i" id="room-topic" value=${topic} maxlength="500" autocomplete="off" onInput=${(event) => setWritten({ ...written, topic: event.currentTarget.value })} /></div>
      ${touched && html`<div class="acts"><button class="btn btn-p btn-s">${t('action.save')}</button></div>`}</form>`
    }
    <section class="blk"><h3>${t('admin.rooms.members')} <span>${room.member_count}</span></h3>
      ${members.length > 0 && !more && !members.some((member) => member.role === 'admin' && member.user.active) && html`<p class="f-h">${t('admin.rooms.noadmin.text')}</p>`}
      <ul class="sess">${members.map(
        ({ user, role }) => html`<li key=${user.id} class="line"><${Avatar} user=${user} /><span class="utext"><b>${user.name}</b><small><bdi>@${user.username}</bdi>${!user.active && html` · ${t('admin.disabled')}`}</small></span>${
          role === 'admin'
            ? html`<span class="chip chip-honey">${t('member.admin')}</span>`
            : user.active && !room.archived && html`<button type="button" class="btn btn-q btn-s" aria-label=${t('admin.rooms.promote.label', { name: user.name })} onClick=${() => promote(user)}>${t('member.makeadmin')}</button>`
        }</li>`,
      )}</ul>
      ${more && html`<button type="button" class="btn btn-q btn-s" onClick=${more}>${t('admin.more')}</button>`}</section>
    <div class="acts"><button type="button" class="btn btn-q" onClick=${archive}><${Icon} name=${room.archived ? 'archive-restore' : 'archive'} size="s" />${t(room.archived ? 'admin.rooms.restore' : 'admin.rooms.archive')}</button>
      <button type="button" class="btn btn-d" onClick=${remove}><${Icon} name="trash-2" size="s" />${t('admin.rooms.delete')}</button></div>
  </${Dialog}>`;
}
