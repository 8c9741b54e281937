// Names of the topology in a display filter: `ip.src == curl-pod` means the packets of its address, as in expectations.
import { UsageError } from '../errors.js';
import { AddressBook } from '../expect/names.js';
import type { Topology } from '../topology/model.js';

/** All names of nodes, pods and services that can stand for addresses. */
export const namesIn = (topology: Topology | null): Iterable<string> => new AddressBook(topology).names;

/** Puts addresses in place of names. What it returns throws UsageError for a name that stands for none, or for several. */
export function withAddresses(topology: Topology | null): (filter: string) => string {
  const book = new AddressBook(topology);
  return (filter) => {
    const text = book.inFilter(filter);
    if (typeof text === 'string') return text;
    throw new UsageError(text.wrong);
  };
}
