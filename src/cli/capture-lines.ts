// What `capture` says while it works, on standard error: a line for each thing that happens, and a table of the points at the end.
import { safeText } from '../bytes/text.js';
import { grouped, quantity, size } from '../bytes/units.js';
import type { Missing, Taking } from '../collect/taking.js';
import type { CollectEvents, Collected } from '../main/collect.js';
import { wayText } from '../main/collect-sheet.js';
import { changeText } from '../topology/diff.js';
import type { CaptureView } from './capture-view.js';

/** Changes that are listed; bundle.json has all. */
const MAX_CHANGES = 20;

/** Between two pictures of the points. */
const FRAME_MS = 250;

export class CaptureLines {
  readonly events: CollectEvents;
  private view: CaptureView | null = null;
  private drawing: NodeJS.Timeout | null = null;
  private stage = '';

  constructor(private readonly flags: { readonly quiet?: boolean; readonly progress: boolean }) {
    this.events = {
      stage: (text) => {
        this.stage = text;
        this.say(text);
      },
      point: (taking) => this.say(pointText(taking)),
      note: (text) => this.say(text),
      output: (chunk) => {
        if (!flags.quiet) this.write(chunk.toString());
      },
    };
  }

  /** On a terminal the points are shown with what they have captured so far. */
  async show(takings: readonly Taking[]): Promise<void> {
    const { stderr } = process;
    const fits = stderr.isTTY === true && stderr.rows >= takings.length + 6 && stderr.columns >= 40;
    if (!fits || !this.flags.progress || this.flags.quiet || process.env['TERM'] === 'dumb') return;
    const view = (await import('./capture-view.js')).openCaptureView(takings);
    this.view = view;
    this.drawing = setInterval(() => view.show(this.stage), FRAME_MS);
  }

  /** Takes the points away; what is printed after that stays. */
  close(): void {
    if (this.drawing !== null) clearInterval(this.drawing);
    this.view?.close();
    this.view = null;
  }

  /** What was taken, what could not be, and what has changed meanwhile. */
  closing({ takings, missing, changes }: Collected, folder: string): void {
    for (const { name, missing: lacking } of takings) for (const line of joined(lacking)) this.say(`${name}: ${line}`);
    for (const line of joined(missing)) this.say(line);
    for (const change of changes.slice(0, MAX_CHANGES)) this.say(`changed meanwhile: ${changeText(change)}`);
    if (changes.length > MAX_CHANGES)
      this.say(`and ${quantity(changes.length - MAX_CHANGES, 'more change')}: ${folder}/bundle.json lists all`);
    this.say(`all is in ${folder}; \`hopscope ${folder}\` says this again`);
  }

  private say(text: string): void {
    if (!this.flags.quiet) this.write(`hopscope: ${safeText(text)}\n`);
  }

  private write(text: string): void {
    if (this.view === null) process.stderr.write(text);
    else this.view.print(text);
  }
}

/** One line for all that is missing for the same reason. */
function joined(missing: readonly Missing[]): string[] {
  const by = new Map<string, string[]>();
  for (const { what, why } of missing) by.set(why, [...(by.get(why) ?? []), what]);
  return [...by].map(([why, what]) => `without ${what.join(', ')}: ${why}`);
}

/** `router (ssh vagrant@192.168.10.200): running, tcpdump 4.99.3`. */
function pointText({ name, point, state, failed, recordings, probed }: Taking): string {
  const where = `${name} (${wayText(point.way)})`;
  if (failed !== null) return `${where}: failed: ${failed}`;
  const said: string[] = [state];
  if (state === 'running') said.push(`${probed?.version ?? ''} on ${[point.interfaces].flat().join(', ')}`);
  else {
    const sum = (of: (one: (typeof recordings)[number]) => number) => recordings.reduce((total, one) => total + of(one), 0);
    const dropped = recordings.every((one) => one.dropped === null) ? 'not counted' : grouped(sum((one) => one.dropped ?? 0));
    said.push(
      quantity(
        sum(({ frames }) => frames),
        'frame',
      ),
      size(sum(({ bytes }) => bytes)),
      `drops: ${dropped}`,
    );
    const unread = sum((one) => one.unread);
    if (unread > 0) said.push(`${quantity(unread, 'packet')} at the end not read in time`);
    said.push(...recordings.flatMap(({ why }) => why ?? []));
  }
  return `${where}: ${said.join(', ')}`;
}
