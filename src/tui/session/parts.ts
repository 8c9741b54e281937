// What answers for one reading of the captures.
import type { Severity } from '../../rules/finding.js';
import { PacketCalls } from './calls.js';
import type { SessionComments } from './comments.js';
import { Details } from './detail.js';
import type { Engine } from './engine.js';
import { Finder } from './finder.js';
import { FilterNames } from './names.js';
import { AskedPictures } from './pictures.js';
import { Rows } from './rows.js';
import { AskedTables } from './tables/asked.js';
import { FieldValues } from './values.js';
import { Replies } from './why.js';

export interface Parts {
  readonly rows: Rows;
  readonly finder: Finder;
  readonly tables: AskedTables;
  readonly pictures: AskedPictures;
  readonly names: FilterNames;
  readonly values: FieldValues;
  readonly replies: Replies;
  readonly details: Details;
  readonly calls: PacketCalls;
}

/** What these tell the session, and ask of it. */
export interface Asker {
  readonly severityOf: (packet: number) => Severity | null;
  readonly note: (text: string) => void;
  readonly changed: () => void;
}

export function partsOf(engine: Engine, comments: SessionComments, { severityOf, note, changed }: Asker): Parts {
  const finder = new Finder(engine);
  const names = new FilterNames(engine);
  const calls = new PacketCalls(engine.packets);
  const replies = new Replies(engine, (n) => calls.nameOf(n), changed);
  return {
    rows: new Rows(engine, severityOf, note, changed),
    finder,
    tables: new AskedTables(engine, comments, severityOf, changed),
    pictures: new AskedPictures(engine),
    names,
    values: new FieldValues(engine, finder, names, changed),
    replies,
    details: new Details(engine, replies),
    calls,
  };
}
