// Dialogs that make or change rooms: new room, new direct, add members, edit.
import { html, useState } from '../view.js';
import { api } from '../api.js';
import { go } from '../router.js';
import * as state from '../state.js';
import { openDirect } from '../actions.js';
import { t } from '../i18n.js';
import { Dialog, DialogHead } from './overlay.js';
import { ErrorLine, sentence } from './basics.js';
import { PeoplePicker } from './picker.js';

/** Runs the request of a form: busy while it runs, its error beside the field or above the form. */
function useSubmit(run) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(null);
  const submit = async (event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      await run();
    } catch (error) {
      setProblem(error);
      setBusy(false);
    }
  };
  return { busy, problem, submit, error: problem ? sentence(problem) : '' };
}

function RoomFields({ name, setName, topic, setTopic, about, setAbout, kind, setKind, problem }) {
  const wrong = problem?.field === 'name' || problem?.status === 409;
  return html`<div class="f-g">
      <label class="f-l" for="room-name">${t('room.name')}</label>
      <input class="f-i" id="room-name" value=${name} maxlength="80" required autofocus autocomplete="off" aria-invalid=${wrong ? 'true' : null} onInput=${(event) => setName(event.currentTarget.value)} />
    </div>
    <div class="f-g">
      <label class="f-l" for="room-topic">${t('room.topic')} <span class="mut">${t('form.optional')}</span></label>
      <input class="f-i" id="room-topic" value=${topic} maxlength="500" autocomplete="off" onInput=${(event) => setTopic(event.currentTarget.value)} />
    </div>
    ${
      setAbout &&
      html`<div class="f-g"><label class="f-l" for="room-about">${t('room.description')} <span class="mut">${t('form.optional')}</span></label>
      <textarea class="f-i" id="room-about" rows="4" maxlength="2000" value=${about} onInput=${(event) => setAbout(event.currentTarget.value)}></textarea></div>`
    }
    <fieldset class="f-g"><legend class="f-l">${t('room.kind')}</legend>
      <div class="seg">${['public', 'private'].map((one) => html`<label key=${one}><input type="radio" name="kind" value=${one} checked=${kind === one} onChange=${() => setKind(one)} /><span>${t(`room.kind.${one}`)}</span></label>`)}</div>
      <p class="f-h">${t(`room.kind.${kind}.text`)}</p>
    </fieldset>`;
}

/** @param {{close: () => void}} props */
export function NewRoom({ close }) {
  const [name, setName] = useState('');
  const [topic, setTopic] = useState('');
  const [kind, setKind] = useState('public');
  const [people, setPeople] = useState([]);
  const form = useSubmit(async () => {
    const room = await api('POST', '/rooms', {
      name: name.trim(),
      topic: topic.trim() || null,
      kind,
      members: people.map((user) => user.id),
    });
    if (!state.rooms.value.has(room.id)) state.putRoom(room);
    close();
    go(`/r/${room.id}`);
  });
  return html`<${Dialog} label=${t('newroom.title')} close=${close} middle=${true} kind="form">
    <${DialogHead} title=${t('newroom.title')} text=${t('newroom.text')} close=${close} />
    <form onSubmit=${form.submit}>
      <${ErrorLine} error=${form.error} />
      <${RoomFields} ...${{ name, setName, topic, setTopic, kind, setKind, problem: form.problem }} />
      <div class="f-g"><span class="f-l" id="room-people">${t('newroom.people')} <span class="mut">${t('form.optional')}</span></span>
        <${PeoplePicker} chosen=${people} change=${setPeople} labelledby="room-people" /></div>
      <div class="acts"><button type="button" class="btn btn-q" onClick=${close}>${t('action.cancel')}</button>
        <button class="btn btn-p" disabled=${!name.trim() || form.busy}>${t('newroom.verb')}</button></div>
    </form>
  </${Dialog}>`;
}

/** @param {{room: any, close: () => void}} props */
export function EditRoom({ room, close }) {
  const [name, setName] = useState(room.name);
  const [topic, setTopic] = useState(room.topic ?? '');
  const [about, setAbout] = useState(room.description ?? '');
  const [kind, setKind] = useState(room.kind);
  const form = useSubmit(async () => {
    const change = {};
    if (name.trim() !== room.name) change.name = name.trim();
    if (topic.trim() !== (room.topic ?? '')) change.topic = topic.trim() || null;
    if (about.trim() !== (room.description ?? '')) change.description = about.trim() || null;
    if (kind !== room.kind) change.kind = kind;
    if (Object.keys(change).length) await api('PATCH', `/rooms/${room.id}`, change);
    close();
  });
  return html`<${Dialog} label=${t('editroom.title')} close=${close} middle=${true} kind="form">
    <${DialogHead} title=${t('editroom.title')} close=${close} />
    <form onSubmit=${form.submit}>
      <${ErrorLine} error=${form.error} />
      <${RoomFields} ...${{ name, setName, topic, setTopic, about, setAbout, kind, setKind, problem: form.problem }} />
      <div class="acts"><button type="button" class="btn btn-q" onClick=${close}>${t('action.cancel')}</button>
        <button class="btn btn-p" disabled=${!name.trim() || form.busy}>${t('action.save')}</button></div>
    </form>
  </${Dialog}>`;
}

/** @param {{close: () => void}} props */
export function NewDirect({ close }) {
  const [people, setPeople] = useState([]);
  const form = useSubmit(async () => {
    await openDirect(people.map((user) => user.id));
    close();
  });
  return html`<${Dialog} label=${t('newdirect.title')} close=${close} middle=${true} kind="form">
    <${DialogHead} title=${t('newdirect.title')} text=${t('newdirect.text')} close=${close} />
    <form onSubmit=${form.submit}>
      <${ErrorLine} error=${form.error} />
      <span class="sr" id="direct-people">${t('newdirect.people')}</span>
      <${PeoplePicker} chosen=${people} change=${setPeople} labelledby="direct-people" most=${9} focus=${true} />
      <div class="acts"><button type="button" class="btn btn-q" onClick=${close}>${t('action.cancel')}</button>
        <button class="btn btn-p" disabled=${!people.length || form.busy}>${t('newdirect.verb')}</button></div>
    </form>
  </${Dialog}>`;
}

/** @param {{room: any, close: () => void}} props */
export function AddMembers({ room, close }) {
  const [people, setPeople] = useState([]);
  const inside = new Set((state.members.value.get(room.id) ?? []).map((member) => member.user.id));
  const form = useSubmit(async () => {
    for (const user of people) await api('PUT', `/rooms/${room.id}/members/${user.id}`, { role: 'member' });
    close();
  });
  return html`<${Dialog} label=${t('addmembers.title', { room: room.name })} close=${close} middle=${true} kind="form">
    <${DialogHead} title=${t('addmembers.title', { room: room.name })} text=${t('addmembers.text')} close=${close} />
    <form onSubmit=${form.submit}>
      <${ErrorLine} error=${form.error} />
      <span class="sr" id="add-people">${t('newdirect.people')}</span>
      <${PeoplePicker} chosen=${people} change=${setPeople} labelledby="add-people" without=${inside} focus=${true} />
      <div class="acts"><button type="button" class="btn btn-q" onClick=${close}>${t('action.cancel')}</button>
        <button class="btn btn-p" disabled=${!people.length || form.busy}>${t('addmembers.verb', { n: people.length })}</button></div>
    </form>
  </${Dialog}>`;
}
