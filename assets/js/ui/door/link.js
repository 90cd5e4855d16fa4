// A second device: who it will be, and coming in.
import { html, useEffect, useState } from '../../view.js';
import { api } from '../../api.js';
import { server } from '../../state.js';
import { t } from '../../i18n.js';
import { Avatar, ErrorLine, sentence } from '../basics.js';
import { Card } from './card.js';

/** @param {{enter: () => Promise<void>}} props */
export function LinkPage({ enter }) {
  const [code, setCode] = useState(() => location.hash.slice(1));
  const [who, setWho] = useState(null);
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    const follow = () => setCode(location.hash.slice(1));
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  useEffect(() => {
    setProblem(null);
    setWho(null);
    if (code) api('POST', '/auth/link/look', { code }).then(setWho, setProblem);
  }, [code]);
  const come = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await api('POST', '/auth/link', { code });
      await enter();
    } catch (error) {
      setProblem(error);
      setBusy(false);
    }
  };
  if (!code || problem?.status === 404)
    return html`<${Card} title=${t('link.gone')} text=${t('link.gone.text')}><a class="btn btn-q btn-w" href="/login">${t('login.verb')}</a></${Card}>`;
  if (!who) return problem ? html`<${Card} title=${t('link.title')} text=${sentence(problem)}></${Card}>` : html`<main class="auth" aria-busy="true"></main>`;
  return html`<${Card} title=${t('link.title')} text=${t('link.text', { place: server.value.name })}>
    <${ErrorLine} error=${problem ? sentence(problem) : ''} />
    <div class="whois"><${Avatar} user=${{ id: who.username.length, name: who.name }} size="av-56" /><span><b class="utext">${who.name}</b><small><bdi>@${who.username}</bdi></small></span></div>
    <button type="button" class="btn btn-p btn-w" disabled=${busy} onClick=${come}>${t('link.verb')}</button>
    <p class="fn">${t('link.warning')}</p>
  </${Card}>`;
}
