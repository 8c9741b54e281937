// What Windows prints of its network: `ipconfig /all` and `route print`. Its words are those of the system's language, so numbers and their order count.
import { addRoutes } from './ip-text.js';
import type { Listing } from './listing.js';
import { lengthOf } from './net-tools.js';

/** `Ethernet adapter Ethernet 2:`; the name is what stands behind the kind of adapter. */
const ADAPTER = /^(?=[A-Z])(?:\S+ ){0,3}?(?:adapter|Ethernet-Adapter|WLAN-Adapter|LAN-Adapter) (\S.*?):$/;
/** `   Physical Address. . . . . . . . . : 00-15-5D-01-02-03`. */
const FIELD = /^ {3}\S[^.]*(?:\. ?)+: ?(.*)$/;
/** Devices have no blanks in their names elsewhere. */
const nameOf = (text: string): string => text.replace(/\s+/g, '-').slice(0, 64);

export const ipconfig: Listing = {
  what: 'ipconfig',
  begins: /[A-Z]/,
  needsNode: true,
  starts: (line) => /^Windows[ -]IP[ -](?:Configuration|Konfiguration)$/.test(line) || ADAPTER.test(line),
  open({ draft, node, from }) {
    let dev = '';
    let address = '';
    return {
      take(line) {
        const adapter = ADAPTER.exec(line);
        if (adapter !== null) {
          dev = nameOf(adapter[1]);
          address = '';
          return true;
        }
        const field = FIELD.exec(line);
        if (field === null) return line.trim() === '' || /^Windows[ -]IP/i.test(line) || /^ {6,}\S/.test(line);
        const value = field[1].trim();
        if (dev === '') return true;
        if (/^(?:[0-9a-f]{2}-){5}[0-9a-f]{2}$/i.test(value))
          draft.interface(node as string, dev, { mac: value.replaceAll('-', ':').toLowerCase() }, from);
        const ip = /^(\d+\.\d+\.\d+\.\d+)(?:\(\S+\))?$/.exec(value)?.[1];
        if (ip === undefined) return true;
        const length = address === '' ? null : lengthOf(ip);
        // The mask stands behind its address, and before the gateway.
        if (length !== null) draft.interface(node as string, dev, { addresses: [`${address}/${length}`] }, from);
        address = address === '' ? ip : '';
        if (length !== null) dev = '';
        return true;
      },
    };
  },
};

/** `          0.0.0.0          0.0.0.0     192.168.10.1   192.168.10.50     25`; instead of a gateway, words for a network on the link. */
const ROW = /^ {1,20}(\d+\.\d+\.\d+\.\d+) {1,20}(\d+\.\d+\.\d+\.\d+) {1,20}(\S.*?) {1,20}(\d+\.\d+\.\d+\.\d+) {1,20}(\d+)$/;

/** Lines between its rows: rules, interfaces, headings of tables and columns, and a word where there is nothing. */
const BESIDE =
  /^(?:={75}|Interface List|Schnittstellenliste|IPv[46] .{0,40}| {0,3}\d{1,5}\.{3}.*|\S.{0,60}:|.{0,40}(?:Netmask|Netzwerkmaske|Masque r\S+|M\S?scara).*|\s+\S{1,12})$/i;

export const routePrint: Listing = {
  what: 'route print',
  begins: /[ =IS]/,
  needsNode: true,
  // The lines around its parts are 75 signs long.
  starts: (line) =>
    /^(?:={75}|Interface List|Schnittstellenliste|IPv4[ -](?:Route Table|Routentabelle))$/.test(line) || ROW.test(line),
  open(scope) {
    const { draft, node, from } = scope;
    const lines: string[] = [];
    /** The table names interfaces by their addresses: as `ipconfig` before it calls them, else so. */
    const deviceOf = (ip: string): string =>
      [...draft.node(node as string).interfaces].find(([, { addresses }]) =>
        [...addresses].some((one) => one.startsWith(`${ip}/`)),
      )?.[0] ?? ip;
    return {
      take(line) {
        const row = ROW.exec(line);
        if (row === null) return line.trim() === '' || BESIDE.test(line);
        const [, dst, mask, gateway, own, metric] = row;
        const length = lengthOf(mask);
        if (length === null) return false;
        if (dst.startsWith('127.') || dst.startsWith('224.') || dst === '255.255.255.255') return true;
        const isNear = !/^\d+\.\d+\.\d+\.\d+$/.test(gateway);
        // Its own address and broadcast address are no routes of `ip route`.
        if (isNear && length === 32) return true;
        const dev = deviceOf(own);
        if (isNear && dev === own) draft.interface(node as string, dev, { addresses: [`${own}/${length}`] }, from);
        lines.push(
          `${length === 0 ? 'default' : `${dst}/${length}`}${isNear ? '' : ` via ${gateway}`} dev ${dev} metric ${metric}`,
        );
        return true;
      },
      end: () => addRoutes({ ...scope, hint: { ...scope.hint, family: 4, table: null } }, lines),
    };
  },
};
