// A session for tests, and the waits that its answers need.
import { readdirSync } from 'node:fs';
import { openSession, type SessionOptions } from '../../../src/tui/session/open.js';
import type { PacketColumn, Progress, Session, Table } from '../../../src/tui/session.js';

export const columns = (...fields: string[]): PacketColumn[] => fields.map((field) => ({ title: field, field, align: 'left' }));

export const LINE = columns('no', 'time', 'hop', 'source', 'destination', 'tunnel', 'proto', 'length', 'info');

/** All captures that come with the project. */
export const bundled = readdirSync('captures')
  .filter((name) => /\.pcap(ng)?$/.test(name))
  .map((name) => `captures/${name}`);

/** In this thread, so that the sources are tested and not what was built of them. */
export const open = (path: string | readonly string[], options: Partial<SessionOptions> = {}): Promise<Session> =>
  openSession({ captures: [path].flat().map((one) => ({ point: null, path: one })), threads: false, ...options });

/** Waits until something holds, looking again after each change. */
export function until(session: Session, holds: () => boolean, withinMs = 25_000): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('nothing came of it in time')), withinMs);
    const look = () => {
      if (!holds()) return;
      clearTimeout(timer);
      session.onChange = () => undefined;
      resolve();
    };
    session.onChange = look;
    look();
  });
}

const isOver = ({ state }: Progress): boolean => state !== 'running' && state !== 'following';

export const loaded = (session: Session): Promise<void> => until(session, () => isOver(session.load));

/** The packets of a filter, all of them. */
export async function shown(
  session: Session,
  filter: string,
  field: string | null = null,
  descending = false,
): Promise<number[]> {
  session.show(filter, field === null ? null : { field, descending });
  await until(session, () => isOver(session.packets.progress));
  return Array.from({ length: session.packets.count }, (_, i) => session.packets.numberAt(i));
}

export async function filled(session: Session, table: Table): Promise<(readonly string[])[]> {
  await until(session, () => table.columns.length > 0 && !table.rows(0, 1000).includes(null));
  return table.rows(0, 1000).map((row) => row!.cells);
}
