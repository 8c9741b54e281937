// Plug-ins of programs.
import { beHost } from '../plugin/host.js';
import { install } from '../plugin/install.js';
import { pluginsIn } from '../plugin/load.js';

/**
 * Loads files of plug-ins (docs/plugins.md), each once, for all runs of this process and the threads that read for them: to be called before
 * the first of them. It is the one thing that is not said for each run, since a protocol is known everywhere or nowhere. Throws UsageError.
 */
export async function usePlugins(...paths: readonly string[]): Promise<void> {
  beHost();
  for (const spec of await pluginsIn(paths)) install(spec);
}
