// A thread beside the conversation: its root, the answers, and a composer of its own.
import { html, useEffect, useRef } from '../view.js';
import * as state from '../state.js';
import { openTail, timelineOf } from '../timeline.js';
import { followThread, openThread, threads } from '../threads.js';
import { attempt } from '../actions.js';
import { phone } from '../look.js';
import { t } from '../i18n.js';
import { Empty, Icon } from './basics.js';
import { Composer } from './composer.js';
import { MessageList } from './messages.js';

/** @param {{room: any, root: number}} props */
export function Thread({ room, root }) {
  const box = useRef(null);
  const line = timelineOf(room.id, root);
  const status = line.status.value;
  const me = threads.value.get(root);
  const first = line.root.value;

  useEffect(() => {
    if (status === 'new') openTail(line);
  }, [status]);
  useEffect(() => {
    // The line stands where reading ended, for as long as the thread stays open.
    line.fresh.value = me?.unread ? { after: me.read_up_to, at: 0 } : null;
    return () => (line.fresh.value = null);
  }, []);
  const close = () => {
    openThread.value = null;
    const origin = document.querySelector(`#messages [data-id="${root}"]`);
    (origin ?? document.querySelector('.comp textarea'))?.focus();
  };
  const onKeyDown = (event) => {
    if (event.key !== 'Escape' || event.shiftKey || event.defaultPrevented) return;
    event.preventDefault();
    event.stopPropagation();
    close();
  };
  const follow = () => attempt(() => followThread(room.id, root, !me));
  const title = state.titleOf(room);

  return html`<aside class="drawer thread" aria-label=${t('thread.title')} ref=${box} onKeyDown=${onKeyDown}>
    <div class="dh">
      ${phone.value && html`<button type="button" class="ib" aria-label=${t('thread.back')} onClick=${close}><${Icon} name="chevron-left" size="l" /></button>`}
      <div class="tt"><h2>${t('thread.title')}</h2><small>${title}</small></div>
      <button type="button" class="ib" aria-pressed=${me ? 'true' : 'false'} aria-label=${t(me ? 'thread.unfollow' : 'thread.follow')} title=${t(me ? 'thread.unfollow' : 'thread.follow')} onClick=${follow}><${Icon} name=${me ? 'bell' : 'bell-off'} /></button>
      ${!phone.value && html`<button type="button" class="ib" aria-label=${t('thread.close')} onClick=${close}><${Icon} name="x" /></button>`}
    </div>
    ${
      status === 'error' && !first
        ? html`<${Empty} title=${t('message.missing')}><button class="btn btn-q" onClick=${close}>${t('thread.close')}</button></${Empty}>`
        : html`<${MessageList} key=${root} room=${room} line=${line} title=${title} />`
    }
    <div class="base">
      ${first && !first.deleted && state.mayPost(room) ? html`<${Composer} key=${root} room=${room} thread=${root} line=${line} title=${title} />` : html`<div class="closed"><span>${t('thread.closed')}</span></div>`}
    </div>
  </aside>`;
}
