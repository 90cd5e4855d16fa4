// The list of messages: rows, paging, holding the place of the eye, and what counts as read.
import { html, useEffect, useLayoutEffect, useRef, useSignal } from '../view.js';
import { go } from '../router.js';
import * as state from '../state.js';
import { openPresent, openTail, page, remember, wanted } from '../timeline.js';
import { jump } from '../jump.js';
import { readThread } from '../threads.js';
import { outbox } from '../outbox.js';
import { markRead, watching } from '../reading.js';
import { clock, day } from '../time.js';
import { t } from '../i18n.js';
import { actions } from '../actions.js';
import { dialogs, menu } from '../layers.js';
import { Empty, Icon, RoomSign } from './basics.js';
import { Group, Note } from './message.js';
import { rowsOf } from '../rows.js';
import { hold } from '../hold.js';
import { keepTabStop, messageKeys } from './messageactions.js';

const NEAR_END = 80;
/** How long a message that was gone to is lit. */
const FLASH = 1200;
/** While something lies over the messages, the tools of one stay, so that the focus can come back to them. */
const covered = () => menu.value || dialogs.value.length;

/** @param {{room: any, line: any, title: string}} props */
export function MessageList({ room, line, title }) {
  const scroller = useRef(null);
  const place = useRef(null);
  const shown = useRef({ start: false, touched: false });
  const away = useSignal(false);
  const active = useSignal(null);
  const flash = useSignal(null);
  const skeleton = useSignal(false);

  // Read here, so that a change of it draws the list again.
  const goal = wanted.value?.line === line ? wanted.value.id : 0;
  place.current ??= hold(scroller);
  const status = line.status.value;
  const pending = line.hasAfter.value ? [] : outbox.value.filter((entry) => entry.room === room.id && (entry.thread ?? 0) === line.thread);
  const rows = rowsOf(line.items.value, pending, state.me.value.id, line.fresh.value, line.thread);
  // Read before the new rows are in the page, put back after: what is being read never moves.
  place.current.before();

  useLayoutEffect(() => {
    const box = scroller.current;
    if (status !== 'ready' && !line.kept.value) return;
    const article = goal && box.querySelector(`[data-id="${goal}"]`);
    if (article) {
      shown.current.start = true;
      place.current.free();
      article.scrollIntoView({ block: 'center' });
      article.focus({ preventScroll: true });
      flash.value = goal;
      setTimeout(() => flash.value === goal && (flash.value = null), FLASH);
      wanted.value = null;
    } else if (!shown.current.start && rows.length) {
      // What this browser kept is only the first look: the place is chosen anew when the server's is here.
      shown.current.start = !line.kept.value || shown.current.touched;
      const fresh = box.querySelector('.newline');
      if (fresh) box.scrollTop = fresh.offsetTop - box.clientHeight / 3;
      else box.scrollTop = box.scrollHeight;
    } else {
      place.current.after();
    }
    // One's own new message is always shown.
    const newest = pending.at(-1)?.nonce;
    if (newest && newest !== shown.current.nonce && shown.current.start) box.scrollTop = box.scrollHeight;
    if (newest) shown.current.nonce = newest;
    place.current.remember();
    keepTabStop(box);
    look();
  });

  useEffect(() => {
    const timer = setTimeout(() => (skeleton.value = true), 300);
    return () => clearTimeout(timer);
  }, []);

  const look = () => {
    const box = scroller.current;
    if (!box) return;
    const left = box.scrollHeight - box.scrollTop - box.clientHeight;
    if (line.kept.value) return;
    away.value = line.hasAfter.value || left > Math.max(NEAR_END * 4, box.clientHeight * 0.7);
    line.eye = away.value ? place.current.first() : 0;
    seen(box);
  };
  const onScroll = () => {
    const box = scroller.current;
    place.current.remember();
    if (box.scrollTop < box.clientHeight * 1.5) page(line, 'before');
    if (box.scrollHeight - box.scrollTop - box.clientHeight < box.clientHeight * 1.5) page(line, 'after');
    look();
  };

  // Pictures, folds and the keyboard change heights without a new message.
  useEffect(() => {
    const observer = new ResizeObserver(() => {
      place.current.after();
      look();
    });
    observer.observe(scroller.current);
    observer.observe(scroller.current.firstElementChild);
    return () => observer.disconnect();
  }, []);
  useEffect(() => remember(line), [line.items.value, status]);
  // A group that was drawn has a height that the browser remembers; from then on it need not be drawn while it is far away.
  useEffect(() => {
    const calm = () => {
      const box = scroller.current?.getBoundingClientRect();
      const groups = box ? [...scroller.current.querySelectorAll('.g:not(.calm)')] : [];
      // All are measured before one is changed, or the page would be laid out anew for each.
      const sizes = groups.map((group) => group.getBoundingClientRect());
      // Only out of sight, so that nothing that is seen is laid out anew.
      groups.forEach((group, at) => calmDown(group, sizes[at], box));
    };
    const frame = requestAnimationFrame(() => requestAnimationFrame(calm));
    return () => cancelAnimationFrame(frame);
  }, [line.items.value]);
  // A short page does not scroll, so it asks for more by itself.
  useEffect(() => {
    if (status === 'ready') onScroll();
  }, [status, line.items.value]);

  const reader = useRef(0);
  const seen = (box) => {
    clearTimeout(reader.current);
    if (!watching.value || line.status.value !== 'ready') return;
    reader.current = setTimeout(() => {
      const end = box.getBoundingClientRect().bottom;
      const articles = [...box.querySelectorAll('[data-message]')];
      const last = articles.findLast((one) => one.getBoundingClientRect().bottom <= end + 12 && Number(one.dataset.message));
      if (!last) return;
      if (line.thread) readThread(room.id, line.thread, Number(last.dataset.message));
      else markRead(room.id, Number(last.dataset.message));
    }, 1000);
  };
  useEffect(() => {
    look();
    return () => clearTimeout(reader.current);
  }, [watching.value]);
  // What arrives while nobody looks gets a line of its own.
  useEffect(() => {
    if (watching.value || line.fresh.value || line.thread) return;
    const last = line.items.value.at(-1);
    if (last && last.user !== state.me.value.id && last.id > (room.me?.read_up_to ?? 0))
      line.fresh.value = { after: room.me.read_up_to, at: last.at };
  }, [line.items.value]);

  const present = async () => {
    place.current.free();
    if (line.hasAfter.value) {
      shown.current.start = true;
      await openPresent(line);
    }
    const box = scroller.current;
    if (box) box.scrollTop = box.scrollHeight;
  };
  const point = (event) => {
    if (!covered()) active.value = event.target.closest?.('article')?.dataset.key ?? null;
  };
  const unpoint = () => {
    if (!covered()) active.value = document.activeElement?.closest('article')?.dataset.key ?? null;
  };

  const context = { room, line, active, flash, jump: (id) => jump(room.id, id), direct: room.kind === 'direct' && room.users.length <= 2, present };
  const waiting = line.below.value || (away.value && !line.thread ? (room.me?.unread ?? 0) : 0);
  const label = line.thread ? t('thread.log') : t(room.kind === 'direct' ? 'messages.with' : 'messages.in', { room: title });
  const touched = () => (shown.current.touched = true);
  return html`<div class="stage">
    <div class="scroll" id=${line.thread ? 'answers' : 'messages'} role="log" aria-label=${label} aria-live="off" aria-busy=${status === 'loading' ? 'true' : 'false'}
      ref=${scroller} onScroll=${onScroll} onWheel=${touched} onTouchMove=${touched} onPointerOver=${point} onPointerLeave=${unpoint} onFocusIn=${point} onKeyDown=${(event) => messageKeys(event, context)}>
      <div class=${`lane ${context.direct ? 'dm' : ''}`}>
        ${line.hasBefore.value ? html`<div class="loadmore">${line.paging.value === 'before' && html`<span class="spin" role="img" aria-label=${t('messages.loading')}></span>`}</div>` : status === 'ready' && !line.thread && html`<${Start} room=${room} title=${title} />`}
        ${line.root.value && html`<${Root} root=${line.root.value} context=${context} />`}
        ${status === 'error' && html`<${Failed} line=${line} />`}
        ${status === 'loading' && !rows.length && skeleton.value && html`<${Skeleton} />`}
        ${rows.map((row) => html`<${Row} key=${row.key} row=${row} context=${context} />`)}
      </div>
    </div>
    ${(away.value || line.below.value > 0) && status === 'ready' && html`<div class="jumpnow"><button type="button" onClick=${present}><${Icon} name="arrow-down" size="s" />${waiting ? t('messages.new', { n: Math.min(waiting, 100) }) : t('messages.present')}</button></div>`}
  </div>`;
}

/** The browser remembers no height of what it has not skipped yet, so it is told: else all below would move. */
function calmDown(group, { bottom, height }, box) {
  if (bottom >= box.top - box.height) return;
  group.style.setProperty('--tall', `${height}px`);
  group.classList.add('calm');
}

function Row({ row, context }) {
  if (row.type === 'day') return html`<${Day} row=${row} context=${context} />`;
  if (row.type === 'new')
    return html`<div class="newline" role="separator" aria-label=${t('messages.fresh')}><span>${t('messages.since', { time: clock(row.at) })}</span></div>`;
  if (row.type === 'note') return html`<${Note} notices=${row.notices} />`;
  return html`<${Group} row=${row} context=${context} />`;
}

/** What a thread is about, and how much was answered. */
function Root({ root, context }) {
  const row = { user: root.user, own: root.user === state.me.value.id, messages: [root] };
  return html`<${Group} row=${row} context=${context} /><div class="thsep">${t(root.thread_count ? 'thread.count' : 'thread.empty', { n: root.thread_count })}</div>`;
}

/** The day of what follows; a press goes to another one. */
function Day({ row, context }) {
  if (context.line.thread) return html`<div class="day"><span>${day(row.at)}</span></div>`;
  return html`<div class="day"><button type="button" aria-label=${t('date.open', { day: day(row.at) })} onClick=${() => actions.jumpToDate(context.room, row.at)}>${day(row.at)}</button></div>`;
}

function Start({ room, title }) {
  const direct = room.kind === 'direct';
  const alone = !direct && !room.archived && room.member_count < 3;
  return html`<${Empty} sign=${html`<${RoomSign} room=${room} size="av-56" />`} title=${t(direct ? 'start.direct' : 'start.room', { room: title })} text=${(direct || state.mayPost(room)) && t(direct ? 'start.direct.text' : 'start.room.text')}>
    ${
      alone &&
      (actions.mayInvite()
        ? html`<button class="btn btn-q" onClick=${() => actions.invite(room)}><${Icon} name="user-plus" />${t('side.invite')}</button>`
        : html`<button class="btn btn-q" onClick=${() => actions.addMembers(room)}><${Icon} name="user-plus" />${t('start.room.add')}</button>`)
    }
  </${Empty}>`;
}

function Failed({ line }) {
  return html`<div class="failure"><${Empty} title=${t('messages.failed')} text=${t('messages.failed.text')}>
    <button class="btn btn-p" onClick=${() => openTail(line)}>${t('action.retry')}</button>
    <button class="btn btn-q" onClick=${() => go('/')}>${t('gone.back')}</button>
  </${Empty}></div>`;
}

const Skeleton = () =>
  [1, 2, 3].map(
    (n) => html`<div class=${`g ${n === 2 ? 'own' : ''}`} aria-hidden="true" key=${`sk${n}`}>
  ${n !== 2 && html`<span class="av sk"></span>`}<div class="col">${n !== 2 ? html`<div class="sk sk1"></div><div class="sk sk2"></div>` : html`<div class="sk sk3"></div>`}</div>
</div>`,
  );
