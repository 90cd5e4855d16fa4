// A paged list as it is shown: what went wrong, its entries or that there are none, and the way to more.
import { html } from '../../view.js';
import { t } from '../../i18n.js';
import { Failed } from './failed.js';

/** @param {{of: ReturnType<import('./paged.js').usePaged>, count: number, none: string, children: any}} props `none`: what is said of an empty list */
export function Listing({ of: { page, error, more, again }, count, none, children }) {
  return html`<${Failed} error=${error} again=${!page && again} />
    ${page && (count ? children : html`<p class="mut">${none}</p>`)}
    ${more && html`<button type="button" class="btn btn-q" onClick=${more}>${t('admin.more')}</button>`}`;
}
