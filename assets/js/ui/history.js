// What a message said before: every version that is kept, oldest first.
import { html, useEffect, useState } from '../view.js';
import { api } from '../api.js';
import { full } from '../time.js';
import { t } from '../i18n.js';
import { Text } from '../text.js';
import { ErrorLine, sentence } from './basics.js';
import { Dialog, DialogHead } from './overlay.js';

const NOBODY = { people: new Map(), me: 0, room: false };

/** @param {{message: any, close: () => void}} props */
export function History({ message, close }) {
  const [edits, setEdits] = useState(null);
  const [error, setError] = useState('');
  useEffect(() => {
    api('GET', `/rooms/${message.room}/messages/${message.id}/edits`).then(
      (answer) => setEdits(answer.edits),
      (problem) => setError(sentence(problem)),
    );
  }, []);
  return html`<${Dialog} label=${t('history.title')} close=${close} middle=${true} kind="form">
    <${DialogHead} title=${t('history.title')} close=${close} />
    <${ErrorLine} error=${error} />
    <ol class="versions" tabindex="0" aria-label=${t('history.title')} aria-busy=${edits || error ? 'false' : 'true'}>
      ${edits?.map(
        ({ text, at }, index) => html`<li key=${index}>
          <p class="vh"><b>${t(index === 0 ? 'history.first' : index === edits.length - 1 ? 'history.now' : 'history.then')}</b> <time dateTime=${new Date(at).toISOString()}>${full(at)}</time></p>
          <div class="b bare"><${Text} text=${text} context=${NOBODY} /></div>
        </li>`,
      )}
    </ol>
  </${Dialog}>`;
}
