// The tables that were asked for: each is made once, and remembered as long as the question is the same.
import { plainWidth } from '../../../bytes/text.js';
import type { Severity } from '../../../rules/finding.js';
import type { Comments, PacketList, Table, TableName, TableQuery } from '../../session.js';
import type { Engine } from '../engine.js';
import { FoundPackets } from '../list.js';
import { PagedTable } from '../pages.js';
import type { TablePage } from '../wire.js';
import { JourneyTable } from './journeys.js';
import { propertiesTable } from './properties.js';

const MAX_TABLES = 32;
/** Conversations that a table is limited to. */
const MAX_ONLY = 1_000_000;

export class AskedTables {
  private readonly tables = new Map<string, Table>();
  private limit: { readonly key: string; readonly uids: Uint32Array } | null = null;

  constructor(
    private readonly engine: Engine,
    private readonly comments: Comments,
    private readonly severityOf: (packet: number) => Severity | null,
    private readonly onChange: () => void,
  ) {}

  /** Other packets are shown: what was limited to them is another table. */
  forget(): void {
    this.tables.clear();
  }

  /** `packets`: those that are shown. */
  table(name: TableName, query: TableQuery, packets: PacketList, areNames: boolean): Table {
    const { engine, tables } = this;
    if (name === 'properties') return propertiesTable(engine, this.comments);
    const only = query.limitToFilter && packets instanceof FoundPackets ? packets : null;
    const key = JSON.stringify([name, query, areNames, only === null ? 0 : [only.id, only.count]]);
    const known = tables.get(key);
    if (known !== undefined) return known;
    if (tables.size >= MAX_TABLES) tables.clear();
    const table =
      name === 'journeys'
        ? new JourneyTable(engine, query, packets, this.severityOf, this.onChange, areNames)
        : new PagedTable(
            async (from, n) => {
              const { tab, sortBy, descending } = query;
              const limit = only === null ? null : this.conversationsOf(only);
              const ask = { name, tab, sortBy, descending, only: limit, onlyKey: only === null ? '' : key, from, n };
              const page = await engine.ask<TablePage | null>((id) => ({ type: 'table', id, ask }));
              return page === null ? null : this.spelt(page);
            },
            this.onChange,
            () => `${engine.progress.state} ${engine.count}`,
          );
    tables.set(key, table);
    return table;
  }

  /** With the words of printed texts instead of the addresses that stand for them. */
  private spelt(page: TablePage): TablePage {
    const { words } = this.engine.packets;
    if (!words.any) return page;
    return { ...page, rows: page.rows.map((row) => ({ ...row, cells: row.cells.map((cell) => plainWidth(words.spelt(cell))) })) };
  }

  private conversationsOf(list: FoundPackets): Uint32Array {
    const key = `${list.id} ${list.count}`;
    if (this.limit?.key === key) return this.limit.uids;
    const { store } = this.engine.packets;
    const uids = new Set<number>();
    for (const n of list.all()) {
      const uid = store.conversation(n);
      if (uid >= 0) uids.add(uid);
      if (uids.size >= MAX_ONLY) break;
    }
    this.limit = { key, uids: Uint32Array.from(uids) };
    return this.limit.uids;
  }
}
