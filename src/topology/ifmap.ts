// Names for the interface numbers of SLL2 captures. They are never looked up on the machine that reads the capture:
// its interface 3 is another one than the lab's.
import { TopologyError, UsageError } from '../errors.js';
import type { Topology } from './model.js';

export type InterfaceMap = ReadonlyMap<number, string>;

/** Which source a name came from; `none` is `if3`. */
export type NameFrom = 'ifmap' | 'topology' | 'capture' | 'side file' | 'none';

export interface InterfaceName {
  readonly name: string;
  readonly nameFrom: NameFrom;
}

const EMPTY: InterfaceMap = new Map();
/** Longer than any interface name of any system, and short enough for a table. */
const MAX_NAME = 64;

/** `2=eth0,3=eth1`. */
export function parseIfmap(text: string): InterfaceMap {
  const map = new Map<number, string>();
  for (const entry of text.split(',')) {
    const match = /^\s*(\d{1,10})\s*=\s*(\S+)\s*$/.exec(entry);
    if (match === null || match[2].length > MAX_NAME)
      throw new UsageError(`--ifmap: '${entry.slice(0, 80)}' is not NUMBER=NAME; write --ifmap 2=eth0,3=eth1`);
    const index = Number(match[1]);
    const known = map.get(index);
    if (known !== undefined && known !== match[2])
      throw new UsageError(`--ifmap: interface ${index} is named ${known} and ${match[2]}; keep one of them`);
    map.set(index, match[2]);
  }
  return map;
}

/** Numbers and names as `parseIfmap` reads them; a text as it is; null: none is given. */
export const ifmapText = (given: string | Readonly<Record<string, string>> | undefined): string | null =>
  given === undefined || typeof given === 'string'
    ? (given ?? null)
    : Object.entries(given)
        .map(([index, name]) => `${index}=${name}`)
        .join(',');

/** The text of `FILE.ifmap.json`: {"2": "eth0"}. `file` is its path, for messages. */
export function parseIfmapFile(file: string, text: string): InterfaceMap {
  const wrong = (what: string) => new TopologyError(`${file}:1:1: ${what}; write {"2": "eth0", "3": "eth1"}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw wrong(`not JSON (${(error as Error).message})`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong('not an object of numbers and names');
  const map = new Map<number, string>();
  for (const [index, name] of Object.entries(value)) {
    if (!/^\d{1,10}$/.test(index)) throw wrong(`'${index.slice(0, 80)}' is not an interface number`);
    if (typeof name !== 'string' || name === '' || name.length > MAX_NAME)
      throw wrong(`the name of interface ${index} is not a name`);
    map.set(Number(index), name);
  }
  return map;
}

/** The names of one capture's interfaces; each is worked out once. */
export class InterfaceNames {
  readonly #known = new Map<number, InterfaceName>();
  readonly #sources: readonly (readonly [NameFrom, (index: number) => string | null | undefined])[];
  readonly #all: readonly string[];

  constructor(sources: {
    readonly ifmap?: InterfaceMap;
    readonly topology?: Topology | null;
    /** The node the capture was taken on; without it the topology gives no names. */
    readonly node?: string | null;
    /** pcapng if_name by the same number. */
    readonly capture?: InterfaceMap;
    /** The topology's interface whose MAC the frames of an interface have (Ethernet captures). */
    readonly byMac?: InterfaceMap;
    readonly sideFile?: InterfaceMap;
  }) {
    const { ifmap = EMPTY, topology = null, node = null, capture = EMPTY, byMac = EMPTY, sideFile = EMPTY } = sources;
    this.#sources = [
      ['ifmap', (index) => ifmap.get(index)],
      ['topology', (index) => (node === null ? null : topology?.interfaceByIndex(node, index)?.name)],
      ['capture', (index) => capture.get(index)],
      ['topology', (index) => byMac.get(index)],
      ['side file', (index) => sideFile.get(index)],
    ];
    const own = node === null ? [] : (topology?.node(node)?.interfaces.map((i) => i.name) ?? []);
    this.#all = [...own, ...[ifmap, sideFile].flatMap((map) => [...map.values()])];
  }

  /** All names that are known. */
  known(): readonly string[] {
    return this.#all;
  }

  of(index: number): InterfaceName {
    let name = this.#known.get(index);
    if (name === undefined) {
      name = this.#find(index);
      // Interface numbers are 32 bits of a hostile file.
      if (this.#known.size < 65_536) this.#known.set(index, name);
    }
    return name;
  }

  #find(index: number): InterfaceName {
    for (const [nameFrom, find] of this.#sources) {
      const name = find(index);
      if (name) return { name, nameFrom };
    }
    return { name: `if${index}`, nameFrom: 'none' };
  }
}
