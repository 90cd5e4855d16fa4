// A voice note: spoken, heard once more by who spoke it, and sent.
import { html, useEffect, useRef, useState } from '../view.js';
import { send } from '../outbox.js';
import { composing } from '../actions.js';
import { announceCalmly } from '../announce.js';
import { add } from '../upload/items.js';
import { setTray } from '../upload/tray.js';
import { t } from '../i18n.js';
import { Icon } from './basics.js';

const LONGEST_MS = 5 * 60 * 1000;
/** Values that the shape of a note is told in, each from 0 to 31. */
const BARS = 64;
const LOUDEST = 31;
/** What is shown while somebody speaks: so many values, one every so often. */
const SHOWN = 40;
const EVERY_MS = 60;
const TYPES = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus'];

/** @param {{room: number, thread: number|null, reply: any}} props */
export function Recorder({ room, thread, reply }) {
  const [state, setState] = useState('asking');
  const [took, setTook] = useState(0);
  const [note, setNote] = useState(null);
  const tape = useRef(null);
  const bars = useRef(null);
  const main = useRef(null);
  const close = () => {
    setTray(room, thread, { recording: false });
    main.current?.closest('.base')?.querySelector('.comp textarea')?.focus();
  };

  useEffect(() => {
    let here = true;
    record({
      level: (levels, ms) => {
        setTook(ms);
        draw(bars.current, levels.slice(-SHOWN));
      },
      done: (made) => {
        setNote(made);
        setState('done');
      },
    }).then(
      (started) => {
        if (!here) return started.cancel();
        tape.current = started;
        setState('recording');
        announceCalmly(t('voice.recording'));
      },
      (error) => here && setState(error.name === 'NotFoundError' ? 'missing' : 'refused'),
    );
    return () => {
      here = false;
      tape.current?.cancel();
    };
  }, []);
  useEffect(() => main.current?.focus({ preventScroll: true }), [state]);
  useEffect(() => note && (() => URL.revokeObjectURL(note.url)), [note]);

  const go = () => {
    const ending = note.blob.type.includes('mp4') ? 'm4a' : note.blob.type.includes('ogg') ? 'ogg' : 'webm';
    const file = new File([note.blob], `${t('voice.name')}.${ending}`, { type: note.blob.type.split(';')[0] });
    const items = add(room, thread, [file], { duration_ms: note.duration_ms, waveform: note.waveform, apart: true });
    if (!items.length) return;
    send(room, '', reply, thread, items);
    if (reply) composing.value = null;
    close();
  };
  const onKeyDown = (event) => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    close();
  };

  if (state === 'refused' || state === 'missing')
    return html`<div class="recorder" role="alert" onKeyDown=${onKeyDown}><${Icon} name="mic" /><span class="grow">${t(`voice.${state}`)}</span>
      <button type="button" class="btn btn-q btn-s" ref=${main} onClick=${close}>${t('action.close')}</button></div>`;
  return html`<div class="recorder" role="group" aria-label=${t('voice.label')} onKeyDown=${onKeyDown}>
    <button type="button" class="ib" aria-label=${t('voice.discard')} title=${t('voice.discard')} onClick=${close}><${Icon} name="trash-2" /></button>
    ${
      note
        ? html`<audio class="grow" controls src=${note.url} aria-label=${t('voice.heard')}></audio>
        <button type="button" class="btn btn-p btn-s" ref=${main} onClick=${go}><${Icon} name="send" size="s" />${t('composer.send')}</button>`
        : html`<span class=${`live ${state === 'recording' ? 'on' : ''}`} aria-hidden="true"></span>
        <time aria-live="off">${state === 'asking' ? t('voice.asking') : clockOf(took)}</time>
        <canvas class="grow" width="400" height="32" aria-hidden="true" ref=${bars}></canvas>
        <button type="button" class="btn btn-q btn-s" ref=${main} disabled=${state !== 'recording'} onClick=${() => tape.current.stop()}><${Icon} name="square" size="s" />${t('voice.stop')}</button>`
    }
  </div>`;
}

const clockOf = (ms) => `${Math.floor(ms / 60_000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, '0')}`;

/** Bars in the colour of the text around them, the newest at the end. */
function draw(canvas, levels) {
  if (!canvas) return;
  const pen = canvas.getContext('2d');
  const step = canvas.width / SHOWN;
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = getComputedStyle(canvas).color;
  levels.forEach((level, at) => {
    const tall = Math.max(2, level * canvas.height);
    pen.fillRect(canvas.width - (levels.length - at) * step, (canvas.height - tall) / 2, step * 0.6, tall);
  });
}

/**
 * Asks for the microphone and records.
 * @param {{level: (levels: number[], ms: number) => void, done: (note: {blob: Blob, url: string, duration_ms: number, waveform: number[]}) => void}} told
 * @returns {Promise<{stop: () => void, cancel: () => void}>} rejects when there is no microphone or it is refused
 */
async function record({ level, done }) {
  if (!navigator.mediaDevices) throw new DOMException('', 'NotFoundError');
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const sound = new AudioContext();
  const ear = sound.createAnalyser();
  ear.fftSize = 2048;
  sound.createMediaStreamSource(stream).connect(ear);
  const type = TYPES.find((one) => MediaRecorder.isTypeSupported(one));
  const recorder = new MediaRecorder(stream, type ? { mimeType: type, audioBitsPerSecond: 32_000 } : {});
  const parts = [];
  const levels = [];
  const samples = new Float32Array(ear.fftSize);
  const begun = performance.now();
  let wanted = true;
  const timer = setInterval(() => {
    const ms = performance.now() - begun;
    ear.getFloatTimeDomainData(samples);
    // Speech is rarely louder than half of what there is room for.
    levels.push(Math.min(1, Math.max(...samples.map(Math.abs)) * 1.6));
    level(levels, ms);
    if (ms >= LONGEST_MS) stop();
  }, EVERY_MS);
  const stop = () => recorder.state !== 'inactive' && recorder.stop();
  recorder.ondataavailable = ({ data }) => data.size && parts.push(data);
  recorder.onstop = () => {
    const duration_ms = Math.min(LONGEST_MS, Math.round(performance.now() - begun));
    clearInterval(timer);
    stream.getTracks().forEach((track) => track.stop());
    sound.close();
    if (!wanted) return;
    const blob = new Blob(parts, { type: recorder.mimeType || type });
    done({ blob, url: URL.createObjectURL(blob), duration_ms, waveform: shapeOf(levels) });
  };
  // A microphone that is pulled out ends the note, not the words said so far.
  stream.getTracks().forEach((track) => (track.onended = stop));
  recorder.start(1000);
  return {
    stop,
    cancel: () => {
      wanted = false;
      stop();
    },
  };
}

/** The loudest of each part. @param {number[]} levels 0 to 1 @returns {number[]} */
const shapeOf = (levels) =>
  Array.from({ length: BARS }, (_, at) => {
    const from = Math.floor((at * levels.length) / BARS);
    const part = levels.slice(from, Math.max(from + 1, Math.floor(((at + 1) * levels.length) / BARS)));
    return Math.round(Math.max(0, ...part) * LOUDEST);
  });
