// Administration: bots, members that are programs, and their keys.
import { html, lazy, useState } from '../../view.js';
import { api } from '../../api.js';
import { openDialog } from '../../layers.js';
import { actions, attempt } from '../../actions.js';
import { rooms } from '../../state.js';
import { t } from '../../i18n.js';
import { Dialog, DialogHead } from '../overlay.js';
import { Field } from '../fields.js';
import { Avatar, ErrorLine, Icon, sentence } from '../basics.js';
import { Listing } from './listing.js';
import { usePaged } from './paged.js';

const KeyList = lazy(() => import('../keylist.js').then((module) => module.KeyList), 'panels', 'credentials');

/** The section. */
export function Bots() {
  const bots = usePaged('/admin/bots?limit=100', 'users');
  const open = (bot) => openDialog(Bot, { bot, changed: bots.again });
  return html`<${Listing} of=${bots} count=${bots.page?.users.length} none=${t('bots.none')}>
      <ul class="card list people">${bots.page?.users.map(
        (bot) => html`<li class="line" key=${bot.id}><button type="button" class="acct" aria-haspopup="dialog" onClick=${() => open(bot)}><${Avatar} user=${bot} />
          <span class="nmw"><b class="utext">${bot.name}</b><small><bdi>@${bot.username}</bdi></small></span>
          <span class="marks">${!bot.active && html`<span class="chip chip-out">${t('admin.disabled')}</span>`}<span class="chip">${t('role.bot')}</span></span></button></li>`,
      )}</ul></${Listing}>
    ${bots.page && html`<button type="button" class="btn btn-p" aria-haspopup="dialog" onClick=${() => openDialog(NewBot, { made: (bot) => (bots.again(), open(bot)) })}><${Icon} name="plus" size="s" />${t('bots.new')}</button>`}`;
}

/** A username, and the name that others see. */
function NewBot({ made, close }) {
  const [username, setUsername] = useState('');
  const [name, setName] = useState('');
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const send = async (event) => {
    event.preventDefault();
    setBusy(true);
    try {
      const bot = await api('POST', '/admin/bots', { username: username.trim(), name: name.trim() || null });
      close();
      made(bot);
    } catch (error) {
      setProblem(error);
      setBusy(false);
    }
  };
  const at = problem?.field === 'username';
  return html`<${Dialog} label=${t('bots.new')} close=${close} middle=${true} kind="form sm">
    <${DialogHead} title=${t('bots.new')} text=${t('bots.new.text')} close=${close} />
    <form onSubmit=${send}>
      <${ErrorLine} error=${problem && !at ? sentence(problem) : ''} />
      <${Field} id="bot-username" label=${t('bots.username')} value=${username} change=${setUsername} error=${at && sentence(problem)} focus=${true} required maxlength="32" autocapitalize="off" autocomplete="off" spellcheck="false" />
      <${Field} id="bot-name" label=${t('bots.name')} value=${name} change=${setName} maxlength="64" autocomplete="off" />
      <div class="acts"><button type="button" class="btn btn-q" onClick=${close}>${t('action.cancel')}</button><button class="btn btn-p" disabled=${busy || !username.trim()}>${t('bots.make')}</button></div>
    </form>
  </${Dialog}>`;
}

/** One bot: its keys, and the ways to silence it. */
function Bot({ bot: first, changed, close }) {
  const [bot, setBot] = useState(first);
  const own = [...rooms.value.values()].filter((room) => room.me && room.kind !== 'direct');
  const change = (active) => attempt(async () => (setBot((await api('PATCH', `/admin/users/${bot.id}`, { active })).user), changed()));
  const disable = () => actions.confirm({ title: t('bots.disable.title', { name: bot.name }), text: t('bots.disable.text'), verb: t('admin.disable.verb'), danger: true, run: () => change(false) });
  const erase = () =>
    actions.confirm({
      title: t('bots.erase.title', { name: bot.name }),
      text: t('bots.erase.text'),
      verb: t('admin.erase.verb'),
      danger: true,
      run: async () => (await api('DELETE', `/admin/users/${bot.id}`), changed(), close()),
    });
  return html`<${Dialog} label=${bot.name} close=${close} middle=${true} kind="form account">
    <header><${Avatar} user=${bot} size="av-56" />
      <div><h2 class="utext">${bot.name}</h2><p><bdi>@${bot.username}</bdi>${!bot.active && html` · ${t('admin.disabled')}`}</p></div>
      <button type="button" class="ib" aria-label=${t('action.close')} onClick=${close}><${Icon} name="x" /></button></header>
    <section class="blk"><h3>${t('settings.keys')}</h3>${bot.active ? html`<${KeyList} key=${bot.id} path=${`/admin/bots/${bot.id}/keys`} scopes=${['read', 'write', 'metrics']} rooms=${own} />` : html`<p class="mut">${t('bots.silent')}</p>`}</section>
    <div class="acts">${
      bot.active
        ? html`<button type="button" class="btn btn-d" onClick=${disable}>${t('admin.disable')}</button>`
        : html`<button type="button" class="btn btn-q" onClick=${() => change(true)}>${t('admin.enable')}</button>`
    }<button type="button" class="btn btn-d" onClick=${erase}><${Icon} name="trash-2" size="s" />${t('admin.erase')}</button></div>
  </${Dialog}>`;
}
