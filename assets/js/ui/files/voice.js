// A voice note: its wave is the slider that shows and chooses the place, and its speed can be changed.
import { html, useEffect, useRef, useState } from '../../view.js';
import { t } from '../../i18n.js';
import { Icon } from '../basics.js';

const SPEEDS = [1, 1.5, 2];
const STEP = 2;
const LEAP = 10;
const BAR = 3;
const HEIGHT = 32;
const LOUDEST = 31;

/** The one that sounds; another one stops it. */
let sounding = null;
/** Whoever listens faster listens so to the next one too. */
let speed = 1;

const time = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;

/** @param {{file: any, fail: () => void, stop: boolean}} props */
export function Voice({ file, fail, stop }) {
  const sound = useRef(null);
  const [at, setAt] = useState(0);
  const [plays, setPlays] = useState(false);
  const [rate, setRate] = useState(speed);
  // What a browser has recorded names no length; the one who recorded it does.
  const [whole, setWhole] = useState((file.duration_ms ?? 0) / 1000);

  useEffect(() => () => sound.current?.pause(), []);
  // The event comes four times a second; the bar moves with each frame.
  useEffect(() => {
    if (!plays) return;
    let frame = requestAnimationFrame(function draw() {
      if (sound.current) setAt(sound.current.currentTime);
      frame = requestAnimationFrame(draw);
    });
    return () => cancelAnimationFrame(frame);
  }, [plays]);

  const toggle = () => {
    const one = sound.current;
    if (!one.paused) return one.pause();
    if (sounding !== one) sounding?.pause();
    sounding = one;
    if (at >= whole - 0.05) seek(0);
    one.playbackRate = rate;
    // A refusal of the browser leaves it as it is; what cannot be had is told by the error of the sound itself.
    one.play().catch(() => {});
  };
  const seek = (seconds) => {
    const to = Math.max(0, Math.min(whole, seconds));
    setAt(to);
    const one = sound.current;
    one.currentTime = to;
  };
  const faster = () => {
    speed = SPEEDS[(SPEEDS.indexOf(rate) + 1) % SPEEDS.length];
    sound.current.playbackRate = speed;
    setRate(speed);
  };
  const onKeyDown = (event) => {
    const to = { ArrowRight: at + STEP, ArrowUp: at + STEP, ArrowLeft: at - STEP, ArrowDown: at - STEP, PageUp: at + LEAP, PageDown: at - LEAP, Home: 0, End: whole }[event.key];
    if (to !== undefined) seek(to);
    else if (event.key === ' ' || event.key === 'Enter') toggle();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const point = (event) => {
    if (event.button || (event.type === 'pointermove' && !event.currentTarget.hasPointerCapture(event.pointerId))) return;
    if (event.type === 'pointerdown') event.currentTarget.setPointerCapture(event.pointerId);
    const { left, width } = event.currentTarget.getBoundingClientRect();
    seek(((event.clientX - left) / width) * whole);
  };
  const known = ({ currentTarget: { duration } }) => Number.isFinite(duration) && duration > 0 && setWhole(duration);
  const share = whole ? Math.min(1, at / whole) : 0;
  const done = () => {
    setPlays(false);
    setAt(whole);
  };

  const tab = stop ? 0 : -1;
  return html`<div class="voice">
    <audio ref=${sound} src=${file.url} preload="none" onError=${fail} onLoadedMetadata=${known} onDurationChange=${known}
      onPlay=${() => setPlays(true)} onPause=${() => setPlays(false)} onEnded=${done}></audio>
    <button type="button" class="vp" tabindex=${tab} aria-label=${t(plays ? 'file.pause' : 'file.play')} onClick=${toggle}><${Icon} name=${plays ? 'pause' : 'play'} /></button>
    <div class="wave" role="slider" tabindex=${tab} aria-label=${t('file.voice.place')} aria-valuemin="0" aria-valuemax=${Math.round(whole)} aria-valuenow=${Math.round(at)}
      aria-valuetext=${t('file.voice.at', { at: time(at), whole: time(whole) })} onKeyDown=${onKeyDown} onPointerDown=${point} onPointerMove=${point}>
      <${Wave} levels=${file.waveform} /><${Wave} levels=${file.waveform} share=${share} />
    </div>
    <span class="vt" aria-hidden="true">${time(at || plays ? at : whole)}</span>
    <button type="button" class="vs" tabindex=${tab} aria-label=${t('file.voice.speed', { n: rate })} onClick=${faster}>${rate}×</button>
  </div>`;
}

/** The wave; with a share, only that much of it. */
function Wave({ levels, share }) {
  const tall = (level) => Math.max(2, (Math.min(level, LOUDEST) / LOUDEST) * (HEIGHT - 4));
  const path = levels.map((level, at) => `M${at * BAR + 1} ${(HEIGHT - tall(level)) / 2}v${tall(level)}`).join('');
  const style = share === undefined ? null : { clipPath: `inset(0 ${100 - share * 100}% 0 0)` };
  return html`<svg class=${share === undefined ? '' : 'heard'} style=${style} viewBox=${`0 0 ${levels.length * BAR - 1} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true"><path d=${path} /></svg>`;
}
