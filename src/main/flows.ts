// Conversations of captures, as records.
import { LINKTYPE } from '../capture/linktypes.js';
import { type Flow, type FlowList, flowOf } from '../flows/flow.js';
import { PathTexts } from '../flows/path-text.js';
import { read } from './analyze.js';
import { openLab } from './lab.js';
import type { AnalyzeOptions } from './options.js';

/** Reads the captures. Throws UsageError, FilterError, TopologyError, CaptureError (a file that cannot be opened). */
export async function collectFlows(options: AnalyzeOptions): Promise<FlowList> {
  const lab = await openLab(options);
  const { tracker, baseSeconds } = await read(lab, options);
  const sll2 = lab.captures.map(({ source }) => source.info.interfaces[0]?.linkType === LINKTYPE.LINUX_SLL2);
  const paths = new PathTexts(
    tracker.ports,
    tracker.tunnels,
    (capture) => sll2[capture] === true,
    new Set(lab.captures.map((c) => c.point)).size > 1,
  );
  const flows: Flow[] = [];
  const t = tracker.conversations;
  for (let c = 0; c < t.used; c++) if (t.exists(c)) flows.push(flowOf(tracker, c, paths, lab.topology));
  return {
    flows: flows.sort((a, b) => a.id - b.id),
    forgotten: t.forgotten,
    baseSeconds,
    errors: lab.captures.flatMap(({ source }) => (source.error === null ? [] : [source.error.message])),
  };
}
