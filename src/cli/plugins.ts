// Plug-ins of the command line: loaded before a command begins, and by each thread before it begins.
import { REPORT_FORMATS } from './options.js';

/** Loads these files and adds what they bring. Throws UsageError. */
export async function usePlugins(paths: readonly string[]): Promise<void> {
  if (paths.length === 0) return;
  const [{ pluginsIn }, { install }, { beHost }] = await Promise.all([
    import('../plugin/load.js'),
    import('../plugin/install.js'),
    import('../plugin/host.js'),
  ]);
  beHost();
  for (const spec of await pluginsIn(paths)) {
    install(spec);
    (REPORT_FORMATS as string[]).push(...(spec.formats ?? []).map(({ name }) => name));
    if (spec.columns === undefined) continue;
    const { addColumn } = await import('../tui/columns/packet-columns.js');
    for (const column of spec.columns) addColumn(spec.name, column);
  }
}
