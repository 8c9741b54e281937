// Reads the captures of a run once more, for their journeys.
import { utc } from '../bytes/show.js';
import { LINKTYPE } from '../capture/linktypes.js';
import { DIRECTIONS, WAYS } from '../export/places.js';
import type { EndedJourney } from '../flows/ended-journey.js';
import type { PathTexts } from '../flows/path-text.js';
import type { FileRun } from '../main/file-run.js';
import type { Hop, Journey } from './journey.js';

/** Journeys that wait to be asked for before the reading waits, too. */
const AHEAD = 1000;

/** Reads the captures of a run and gives its journeys as they end. */
export async function* journeysOf(run: FileRun, signal: AbortSignal | undefined): AsyncGenerator<Journey> {
  const { tracker } = run;
  const paths = run.paths();
  const waiting: Journey[] = [];
  let told = (): void => undefined;
  let goOn: ((more: boolean) => void) | null = null;
  const state = { done: false, left: false };
  tracker.journeys.ended = (journey) => void waiting.push(journeyOf(journey, run, paths));
  const reading = run
    .read(() => {
      if (state.left || signal?.aborted) return Promise.resolve(false);
      if (waiting.length < AHEAD) return;
      told();
      return new Promise<boolean>((resolve) => {
        goOn = resolve;
      });
    })
    .finally(() => {
      state.done = true;
      told();
    });
  try {
    for (;;) {
      for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
        if (signal?.aborted) return;
        yield one;
      }
      if (state.done) break;
      await new Promise<void>((resolve) => {
        told = resolve;
        goOn?.(true);
        goOn = null;
      });
    }
  } finally {
    state.left = true;
    (goOn as ((more: boolean) => void) | null)?.(false);
    await reading;
  }
}

function journeyOf(journey: EndedJourney, run: FileRun, paths: PathTexts): Journey {
  const { ports, tunnels } = run.tracker;
  const hops: Hop[] = [];
  for (let h = 0; h < journey.hops; h++) {
    const { point, info } = run.inputs[journey.capture[h]!]!;
    const { name, nameFrom, known } = ports.list[journey.port[h]!]!;
    const isNumbered = info.interfaces[0]?.linkType === LINKTYPE.LINUX_SLL2;
    const edge = tunnels.list[journey.edge[h]!] ?? null;
    const timeNs = journey.timeNs[h]!;
    const seconds = Math.floor(timeNs / 1e9);
    hops.push({
      point,
      interface: known && (nameFrom !== 'none' || isNumbered) ? name : null,
      direction: DIRECTIONS[journey.direction[h]!] as Hop['direction'],
      frame: journey.frame[h]!,
      time: utc(run.baseSeconds + seconds, Math.round(timeNs - seconds * 1e9)),
      ttl: journey.ttl[h] || null,
      vlan: journey.tagged[h] === 1,
      tunnel:
        edge === null
          ? null
          : { type: edge.kind, vni: edge.vni < 0 ? null : edge.vni, src: String(edge.src), dst: String(edge.dst) },
    });
  }
  return {
    number: journey.number,
    conversation: journey.uid,
    direction: WAYS[journey.way] as Journey['direction'],
    path: journey.path === null ? null : paths.of(journey.path),
    hops,
    loops: journey.loops,
    translatedTo: journey.translatedTo < 0 ? null : journey.translatedTo,
    translatedFrom: journey.translatedFrom < 0 ? null : journey.translatedFrom,
  };
}
