// The search that `n` goes on with: one at a time, from the chosen packet on, and round the end.
import type { Search } from '../session.js';
import type { Ui } from '../view.js';
import { Hits } from './hits.js';

export class Searching {
  private search: Search | null = null;
  private running: AbortController | null = null;
  readonly hits: Hits;

  constructor(private readonly ui: Ui) {
    this.hits = new Hits(ui);
  }

  /** There is something to go on with. */
  get isThere(): boolean {
    return this.search !== null;
  }

  /** What is searched for; '' where there is nothing. */
  get text(): string {
    return this.search?.text ?? '';
  }

  start(search: Search): void {
    this.search = search;
    this.hits.forget();
    void this.goOn(false);
  }
  /** Ends what runs, and forgets what was looked for. */
  forget(): void {
    this.search = null;
    this.hits.forget();
    this.running?.abort();
  }
  /** False: nothing runs. */
  stop(): boolean {
    const isCounting = this.hits.stop();
    this.running?.abort();
    return this.running !== null || isCounting;
  }

  /** Before each drawing. */
  settle(): void {
    if (this.search !== null && this.running === null) this.hits.settle(this.search);
  }

  /** What is searched for as a text of the list, to be marked in its cells; '' where there is none. */
  get listText(): string {
    const { search } = this;
    return search?.kind === 'string' && search.target === 'list' ? search.text : '';
  }
  get matchesCase(): boolean {
    return this.search?.matchCase ?? false;
  }

  async goOn(backwards: boolean): Promise<void> {
    const { ui, search } = this;
    if (search === null) return;
    this.running?.abort();
    const mine = new AbortController();
    this.running = mine;
    const { session, selection } = ui;
    ui.say(`searching for '${search.text}' … ctrl-c stops`);
    try {
      let at = await session.find(search, selection.cursor.at, backwards, mine.signal);
      let wrapped = '';
      if (at < 0 && !mine.signal.aborted) {
        wrapped = backwards ? ', from the end' : ', from the start';
        at = await session.find(search, backwards ? session.packets.count : -1, backwards, mine.signal);
      }
      if (mine.signal.aborted) ui.say('search stopped');
      else if (at < 0) ui.say(`nothing in the ${search.target} matches '${search.text}'`, 'error');
      else {
        selection.jump(at);
        ui.say(`'${search.text}' in packet ${session.nameOf(session.packets.numberAt(at))}${wrapped}; n goes on`, 'good');
      }
    } catch (error) {
      if (!mine.signal.aborted) ui.say(error instanceof Error ? error.message : String(error), 'error');
    } finally {
      if (this.running === mine) this.running = null;
      ui.redraw();
    }
  }
}
