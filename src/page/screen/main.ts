// The screen of the page: takes files, starts the engine in a worker, shows its report and its packets.
import type { FromEngine, GivenFile, ToEngine } from '../messages.js';
import { byId, make } from './elements.js';
import { unpacked } from './packed.js';
import { PacketView } from './packet-view.js';

/** Of the report's script, which stands before this one (src/report/html/script.ts). */
declare function ready(): void;

const status = byId('status');
const alert = byId('alert');
const drop = byId('drop');
const chooser = byId<HTMLInputElement>('files');

let given: GivenFile[] = [];
let engine: Worker | null = null;
/** Since it was given files: until their packets are listed, or it has said what is wrong with them. */
let isAtWork = false;
let engineUrl: string | null = null;
const view = new PacketView((message) => engine?.postMessage(message));

/** Where the engine's script can be loaded from. */
function engineScript(): string {
  engineUrl ??= URL.createObjectURL(new Blob([unpacked(byId('engine').textContent ?? '')], { type: 'text/javascript' }));
  return engineUrl;
}

function analyze(): void {
  // One that is still at work is not waited for; any other one is used again: to start one takes a second.
  if (isAtWork) {
    engine?.terminate();
    engine = null;
    isAtWork = false;
  }
  alert.textContent = '';
  view.clear();
  byId('report').replaceChildren();
  byId('views').hidden = true;
  document.body.classList.toggle('small', given.length > 0);
  byId('remove-all').hidden = given.length === 0;
  document.body.dataset['state'] = given.length === 0 ? 'empty' : 'reading';
  showFiles();
  if (given.length === 0) {
    status.textContent = '';
    return;
  }
  status.textContent = 'Reading';
  engine ??= startEngine();
  isAtWork = true;
  send({ type: 'analyze', files: given });
}

function startEngine(): Worker {
  const worker = new Worker(engineScript());
  worker.onmessage = ({ data }: MessageEvent<FromEngine>) => receive(data);
  worker.onerror = (event) =>
    failed(`the analysis ended (${event.message || 'out of memory?'}); a smaller capture may go through`);
  return worker;
}

const send = (message: ToEngine): void => engine?.postMessage(message);

function receive(message: FromEngine): void {
  switch (message.type) {
    case 'reading':
      showProgress(message.bytes, message.totalBytes, message.frames);
      break;
    case 'note':
      status.append(make('span', 'note', ` ${message.text}`));
      break;
    case 'report':
      status.textContent = '';
      // Markup of our own, in which everything from a capture is escaped (src/report/html/markup.ts).
      byId('report').innerHTML = message.html;
      document.title = message.title;
      ready();
      showFiles(message.files);
      byId('views').hidden = false;
      show('report');
      document.body.dataset['state'] = 'done';
      break;
    case 'failed':
      if (document.body.dataset['state'] === 'reading') isAtWork = false;
      failed(message.text);
      break;
    case 'saved':
      save(message.name, message.kind, message.text);
      break;
    default:
      view.receive(message);
      if (view.isWhole) isAtWork = false;
  }
}

function failed(text: string): void {
  status.textContent = '';
  alert.textContent = text;
  document.body.dataset['state'] = 'failed';
}

function showProgress(bytes: number, totalBytes: number | null, frames: number): void {
  const bar = make('progress');
  if (totalBytes !== null && totalBytes > 0) bar.value = Math.min(1, bytes / totalBytes);
  bar.setAttribute('aria-label', 'Read so far');
  status.replaceChildren(bar, ` ${frames.toLocaleString('en')} frames `);
}

type Taken = Extract<FromEngine, { type: 'report' }>['files'];

function showFiles(taken: Taken = []): void {
  byId('given').replaceChildren(
    ...given.map((file, i) => {
      const entry = make('li');
      const as = taken[i];
      const isCapture = as === undefined || as.taken === 'capture' || as.taken === 'printed text';
      entry.append(make('span', 'name', file.name));
      if (as !== undefined) entry.append(make('span', 'dim', `${as.taken}${as.says === '' ? '' : `: ${as.says}`}`));
      if (isCapture) {
        const label = make('label', 'dim', 'taken on ');
        const point = make('input');
        point.value = file.point;
        point.placeholder = as?.point ?? 'node';
        point.spellcheck = false;
        point.addEventListener('change', () => {
          given = given.map((one) => (one === file ? { ...one, point: point.value.trim() } : one));
          analyze();
        });
        label.append(point);
        entry.append(label);
      }
      const away = make('button', '', 'Remove');
      away.type = 'button';
      away.setAttribute('aria-label', `Remove ${file.name}`);
      away.addEventListener('click', () => {
        given = given.filter((one) => one !== file);
        analyze();
      });
      entry.append(away);
      return entry;
    }),
  );
}

function take(files: Iterable<File>): void {
  const more = [...files].map((file) => ({ name: file.name, content: file, point: '' }));
  if (more.length === 0) return;
  given = [...given, ...more];
  analyze();
}

function save(name: string, kind: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: kind }));
  const link = make('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

function show(what: 'report' | 'packets'): void {
  const isReport = what === 'report';
  byId('report').hidden = !isReport;
  byId('packets').hidden = isReport;
  byId('show-report').setAttribute('aria-pressed', String(isReport));
  byId('show-packets').setAttribute('aria-pressed', String(!isReport));
  if (!isReport) view.draw();
}

byId('choose').addEventListener('click', () => chooser.click());
chooser.addEventListener('change', () => {
  take(chooser.files ?? []);
  chooser.value = '';
});
byId('show-paste').addEventListener('click', () => {
  const box = byId('paste-box');
  box.hidden = !box.hidden;
  byId('show-paste').setAttribute('aria-expanded', String(!box.hidden));
  if (!box.hidden) byId('paste').focus();
});
byId('remove-all').addEventListener('click', () => {
  given = [];
  analyze();
});
byId('read-paste').addEventListener('click', () => {
  const text = byId<HTMLTextAreaElement>('paste').value;
  if (text.trim() === '') return;
  given = [...given, { name: 'pasted.txt', content: text, point: '' }];
  analyze();
});
byId('show-report').addEventListener('click', () => show('report'));
byId('show-packets').addEventListener('click', () => show('packets'));
byId('save-html').addEventListener('click', () => send({ type: 'save', what: 'html' }));
byId('save-json').addEventListener('click', () => send({ type: 'save', what: 'json' }));
// The whole page takes what is dropped: beside its place a browser would open the file instead.
addEventListener('dragover', (event) => {
  event.preventDefault();
  drop.classList.add('over');
});
addEventListener('dragleave', () => drop.classList.remove('over'));
addEventListener('drop', (event) => {
  event.preventDefault();
  drop.classList.remove('over');
  take(event.dataTransfer?.files ?? []);
});
document.body.dataset['state'] = 'empty';
