// `bridge fdb` and `bridge vlan` as text.
import type { Listing } from './listing.js';

/** Of one device (`show dev flannel.1`) the lines do not name it. */
const OF_ONE =
  /^((?:[0-9a-f]{2}:){5}[0-9a-f]{2})((?: (?:dst|vlan|master|self|permanent|static|offload|extern_learn|src_vni|via)\b.*)?)$/i;
const FDB = /^((?:[0-9a-f]{2}:){5}[0-9a-f]{2}) dev (\S+)( .*)?$/i;

export const fdb: Listing = {
  what: 'bridge fdb',
  begins: /[0-9a-f]/i,
  needsNode: true,
  starts: (line, _, { dev }) => FDB.test(line) || (dev !== null && OF_ONE.test(line)),
  open: ({ draft, node, hint: { dev } }) => ({
    take(line) {
      const match = FDB.exec(
        line.replace(OF_ONE, (all, mac: string, rest: string) => (dev === null ? all : `${mac} dev ${dev}${rest}`)),
      );
      if (match === null) return false;
      draft.fdb(node as string, `${match[1].toLowerCase()} dev ${match[2]}${(match[3] ?? '').replace(/\s+/g, ' ').trimEnd()}`);
      return true;
    },
  }),
};

const HEADER = /^port\s+vlan(?:-id|ids| ids)\b/;
const VLAN = /^(\S*)\s+(\d{1,4}(?:-\d{1,4})?)((?:\s+(?:PVID|Egress Untagged|Egress|Untagged))*)\s*$/;

export const vlans: Listing = {
  what: 'bridge vlan',
  begins: /p/,
  needsNode: true,
  starts: (line) => HEADER.test(line),
  open({ draft, node }) {
    let port = '';
    return {
      take(line) {
        if (HEADER.test(line)) return true;
        if (line.trim() === '' && port !== '') return true;
        if (/^\S+\s+None\s*$/.test(line)) return true;
        const match = VLAN.exec(line);
        if (match === null) return false;
        if (match[1] !== '') port = match[1];
        if (port === '') return false;
        const flags = [/PVID/.test(match[3]) ? 'pvid' : '', /Untagged/.test(match[3]) ? 'untagged' : ''].filter(
          (flag) => flag !== '',
        );
        draft.portVlan(node as string, port, [match[2], ...flags].join(' '));
        return true;
      },
    };
  },
};
