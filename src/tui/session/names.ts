// Names of the topology in filters: `ip.src == curl-pod` means the packets of its address, as in expectations.
import { plainWidth } from '../../bytes/text.js';
import { FilterError, UsageError } from '../../errors.js';
import { compileFilter } from '../../filter/filter.js';
import { namesIn, withAddresses } from '../../main/filter-names.js';
import type { Session } from '../session.js';
import type { Engine } from './engine.js';

/** Names that are offered. */
const MAX_NAMES = 2000;

export class FilterNames {
  /** The filter with addresses instead of names. Throws UsageError for a name that stands for none, or for several. */
  readonly meant: (filter: string) => string;

  /** All names of nodes, pods and services that can stand for addresses. */
  readonly all: readonly string[];

  constructor(private readonly engine: Engine) {
    const { topology } = engine.lab;
    this.meant = withAddresses(topology);
    this.all = [...namesIn(topology)].slice(0, MAX_NAMES);
  }

  /** The filter as a function. Throws FilterError, UsageError. */
  compile(filter: string): ReturnType<typeof compileFilter> {
    return compileFilter(this.meant(filter), this.engine.lab.registry, this.engine.extras);
  }

  /** What is wrong with a filter, and where; null: nothing. */
  check(filter: string): ReturnType<Session['checkFilter']> {
    const whole = { from: 0, to: filter.length };
    let meant = filter;
    try {
      meant = this.meant(filter);
      compileFilter(meant, this.engine.lab.registry, this.engine.extras);
      return null;
    } catch (error) {
      if (error instanceof UsageError) return { message: plainWidth(error.message), ...whole, hint: '' };
      if (!(error instanceof FilterError)) throw error;
      // The first line says what is wrong, two show the place, what is left says what to try.
      const [message, , , ...hint] = error.message.split('\n');
      const place = meant === filter ? { from: error.start, to: error.end } : whole;
      return { message: plainWidth(message), ...place, hint: plainWidth(hint.join(' ')) };
    }
  }
}
