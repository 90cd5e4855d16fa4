// A small chart of the last hour: one line, or two, with its figure in words for who does not see it.
import { html } from '../../view.js';
import { ago } from '../../time.js';
import { t } from '../../i18n.js';

/** As wide and high as the drawing is; the page stretches it. */
const WIDE = 300;
const HIGH = 64;
const HOUR = 3_600_000;
/** A server that has just begun fills its chart sooner. */
const LEAST = 300_000;

/** Along the points; where nothing was measured the line breaks. */
function line(points, from, most) {
  const span = Date.now() - from;
  let d = '';
  let open = false;
  for (const { at, value } of points) {
    if (value === null) {
      open = false;
      continue;
    }
    const x = (((at - from) / span) * WIDE).toFixed(1);
    const y = (HIGH - 3 - (value / most) * (HIGH - 8)).toFixed(1);
    d += open ? `L${x} ${y}` : `M${x} ${y}h.1`;
    open = true;
  }
  return d;
}

/** Likewise, down to the ground. */
function area(points, from, most) {
  const whole = points.filter(({ value }) => value !== null);
  if (whole.length < 2 || whole.length < points.length) return '';
  const span = Date.now() - from;
  const x = (at) => (((at - from) / span) * WIDE).toFixed(1);
  return `${line(points, from, most)}L${x(whole.at(-1).at)} ${HIGH}L${x(whole[0].at)} ${HIGH}Z`;
}

/**
 * @param {{name: string, figure: string, shown: (value: number) => string, points: {at: number, value: number|null}[], second?: {name: string, points: {at: number, value: number|null}[]}, least: number}} props
 *   `least`: the scale goes at least so high
 */
export function Chart({ name, figure, shown, points, second, least }) {
  const from = Math.max(Date.now() - HOUR, Math.min(points[0]?.at ?? Date.now(), Date.now() - LEAST));
  const lines = [points, second?.points ?? []].map((all) => all.filter(({ at }) => at >= from));
  const top = Math.max(0, ...lines.flat().map(({ value }) => value ?? 0));
  const most = Math.max(least, top);
  const words = t('admin.overview.chart', { name, now: figure, most: shown(top) });
  return html`<figure class="card chart"><figcaption><span>${name}</span><b class="fig">${figure}</b></figcaption>
    <svg role="img" aria-label=${words} viewBox=${`0 0 ${WIDE} ${HIGH}`} preserveAspectRatio="none" dir="ltr">
      <path class="ground" d=${`M0 ${HIGH - 3}H${WIDE}`} />
      <path class="area" d=${area(lines[0], from, most)} />
      ${second && html`<path class="second" d=${line(lines[1], from, most)} />`}
      <path class="first" d=${line(lines[0], from, most)} />
    </svg>
    <p class="span" aria-hidden="true" dir="ltr"><span>${ago(from)}</span>${second && html`<span class="key">${second.name}</span>`}<span>${t('admin.overview.most', { most: shown(top) })}</span></p></figure>`;
}
