// What the lost have in common that the delivered have not: the commonest way an expert finds a cause. Given samples of both, looks for the
// attribute that separates them, cleanly and with support on both sides; says nothing where there is none.

/** One outcome with what is known of it; an attribute that does not apply or is not known is left out. */
export interface Sample {
  readonly lost: boolean;
  /** Packets, questions or connections it stands for. */
  readonly count: number;
  /** By name: `port`, `protocol`, `destination`, `length`, `checksum`, `begun` ... Numbers are also tried as a threshold. */
  readonly attributes: Readonly<Record<string, string | number>>;
}

export interface Contrast {
  readonly attribute: string;
  /** Values that only the lost have; of a threshold the bound that the lost exceed (`above`) or stay below. */
  readonly lostValues: readonly (string | number)[];
  readonly deliveredValues: readonly (string | number)[];
  readonly threshold: { readonly side: 'above' | 'below'; readonly delivered: number; readonly lost: number } | null;
  /** What the separated values stand for, of all lost and all delivered. */
  readonly lost: number;
  readonly delivered: number;
  /** Of them, those on the wrong side. */
  readonly exceptions: number;
}

/** Fewer than so many on one side separate by chance. */
const LEAST = 2;
/** Share of samples on the wrong side that a separation bears. */
const NEARLY = 0.02;

/**
 * The attributes that separate lost from delivered, the cleanest first, then the narrowest (fewest values of the lost). Attributes that have
 * one value only, or a value of its own for each sample, separate nothing. `numeric`: names whose order means something.
 */
export function contrasts(
  samples: readonly Sample[],
  names: readonly string[],
  numeric: ReadonlySet<string> = NO_NAMES,
): Contrast[] {
  const lost = sum(samples, true);
  const delivered = sum(samples, false);
  if (lost < LEAST || delivered < LEAST) return [];
  const found: Contrast[] = [];
  for (const name of names) {
    const contrast = (numeric.has(name) ? byThreshold(samples, name) : null) ?? byValue(samples, name);
    if (contrast !== null) found.push(contrast);
  }
  return found.sort(
    (a, b) =>
      a.exceptions - b.exceptions ||
      a.lostValues.length - b.lostValues.length ||
      names.indexOf(a.attribute) - names.indexOf(b.attribute),
  );
}

const NO_NAMES: ReadonlySet<string> = new Set();

const sum = (samples: readonly Sample[], lost: boolean): number =>
  samples.reduce((all, sample) => all + (sample.lost === lost ? sample.count : 0), 0);

function byValue(samples: readonly Sample[], attribute: string): Contrast | null {
  const values = new Map<string | number, { lost: number; delivered: number }>();
  for (const { lost, count, attributes } of samples) {
    const value = attributes[attribute];
    // Unknown on one side is no difference.
    if (value === undefined) return null;
    const known = values.get(value) ?? { lost: 0, delivered: 0 };
    known[lost ? 'lost' : 'delivered'] += count;
    values.set(value, known);
  }
  const lostValues: (string | number)[] = [];
  const deliveredValues: (string | number)[] = [];
  let [lost, delivered, exceptions] = [0, 0, 0];
  for (const [value, counts] of values) {
    const isLost = counts.lost > counts.delivered;
    (isLost ? lostValues : deliveredValues).push(value);
    lost += counts.lost;
    delivered += counts.delivered;
    exceptions += isLost ? counts.delivered : counts.lost;
  }
  if (lostValues.length === 0 || deliveredValues.length === 0) return null;
  if (exceptions > (lost + delivered) * NEARLY) return null;
  // A value for each sample names the samples, not what they share.
  const lostSamples = samples.filter((sample) => sample.lost).length;
  if (lostSamples > LEAST && lostValues.length === lostSamples) return null;
  return { attribute, lostValues, deliveredValues, threshold: null, lost, delivered, exceptions };
}

function byThreshold(samples: readonly Sample[], attribute: string): Contrast | null {
  const known = samples.flatMap((sample) => {
    const value = sample.attributes[attribute];
    return typeof value === 'number' ? [{ value, lost: sample.lost, count: sample.count }] : [];
  });
  if (known.length < samples.length) return null;
  const lost = known.filter((sample) => sample.lost);
  const delivered = known.filter((sample) => !sample.lost);
  const ends = (list: typeof known) => {
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const { value } of list) {
      if (value < least) least = value;
      if (value > most) most = value;
    }
    return [least, most] as const;
  };
  const [lostLeast, lostMost] = ends(lost);
  const [deliveredLeast, deliveredMost] = ends(delivered);
  const side = lostLeast > deliveredMost ? 'above' : lostMost < deliveredLeast ? 'below' : null;
  if (side === null) return null;
  return {
    attribute,
    lostValues: [side === 'above' ? lostLeast : lostMost],
    deliveredValues: [side === 'above' ? deliveredMost : deliveredLeast],
    threshold: {
      side,
      delivered: side === 'above' ? deliveredMost : deliveredLeast,
      lost: side === 'above' ? lostLeast : lostMost,
    },
    lost: sum(samples, true),
    delivered: sum(samples, false),
    exceptions: 0,
  };
}
