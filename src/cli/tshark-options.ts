// Options that fingers and scripts know from tshark: what they mean here, and what to use instead of those that mean nothing here.
import { type Command, Option } from 'commander';
import { nearestNames } from '../bytes/nearest.js';
import { UsageError } from '../errors.js';
import { repeatable } from './options.js';

export interface TsharkFlags {
  flush?: boolean;
  p?: boolean;
  snaplen?: string;
  twoPass?: boolean;
  preference?: string[];
  autostop?: string[];
  ringBuffer?: string[];
  interface?: string[];
  captureFilter?: string;
  listInterfaces?: boolean;
  names?: string[];
  hosts?: string;
  profile?: string;
  color?: boolean;
  extension?: string[];
  /** Of -T. */
  type?: string;
  protocols?: string;
  topProtocols?: string;
  duplicateKeys?: boolean;
  keytab?: string;
  exportObjects?: string;
  ascii?: boolean;
  verbose?: boolean;
}

const hidden = (option: Option) => option.hideHelp();

/** Adds the options; most are not in the help, as they do nothing for a file that is read. */
export function tsharkOptions(command: Command): Command {
  const options = [
    new Option('-l, --flush', 'accepted: lines are never held back while more of a pipe is awaited'),
    new Option('-p, --no-promiscuous-mode', 'accepted: nothing is captured'),
    new Option('-s, --snaplen <bytes>', 'accepted: nothing is captured'),
    repeatable('-o, --preference <name:value>', 'a setting of tshark; taken where it says what hopscope does'),
    repeatable('-a, --autostop <condition>', 'of capturing'),
    repeatable('-b, --ring-buffer <condition>', 'of capturing'),
    repeatable('-i, --interface <name>', 'of capturing'),
    new Option('-f, --capture-filter <filter>', 'of capturing'),
    new Option('-D, --list-interfaces', 'of capturing'),
    repeatable('-N, --names <kinds>', 'names are never looked up'),
    new Option('-H, --hosts <file>', 'names are never looked up'),
    new Option('-C, --profile <name>', 'there are no profiles'),
    new Option('--color', 'there are no colouring rules'),
    repeatable('-X, --extension <key:value>', 'there are no scripts'),
    new Option('-j, --protocols <names>', 'of -T json, ek, pdml: the layers whose content is shown'),
    new Option('-J, --top-protocols <names>', 'of -T json, ek, pdml: the same, with all that is in them'),
    new Option('--no-duplicate-keys', 'of -T json: what is there several times is an array'),
    new Option('-K, --keytab <file>', 'nothing is decrypted'),
    new Option('--export-objects <what>', 'nothing is put together'),
    new Option('-A, --ascii', 'of --style tcpdump'),
    new Option('-v, --verbose', 'of --style tcpdump'),
  ];
  for (const option of options) command.addOption(hidden(option));
  return command;
}

const NAMES = 'dump prints addresses as they are; flows and findings have the names of a topology (-t lab.yaml)';

/** What hopscope does in any case, by the preference that asks for it; the other value has its answer. */
const PREFERENCES: Readonly<Record<string, readonly [value: 'TRUE' | 'FALSE', instead: string]>> = {
  'tcp.relative_sequence_numbers': ['TRUE', '-e tcp.seq_raw -e tcp.ack_raw are the numbers as they are'],
  'tcp.analyze_sequence_numbers': ['TRUE', 'sequence numbers are analysed only where that is asked for'],
  'tcp.desegment_tcp_streams': ['FALSE', 'dump puts nothing together; hopscope follow does'],
  'ip.defragment': ['FALSE', 'dump puts nothing together; each fragment is printed by itself'],
  'ipv6.defragment': ['FALSE', 'dump puts nothing together; each fragment is printed by itself'],
  'ip.check_checksum': ['TRUE', 'checksums are always checked; offload is told from a fault'],
  'tcp.check_checksum': ['TRUE', 'checksums are always checked; offload is told from a fault'],
  'udp.check_checksum': ['TRUE', 'checksums are always checked; offload is told from a fault'],
  'nameres.mac_name': ['FALSE', NAMES],
  'nameres.network_name': ['FALSE', NAMES],
  'nameres.transport_name': ['FALSE', NAMES],
  'nameres.dns_pkt_addr_resolution': ['FALSE', NAMES],
};

/** Was the analysis of sequence numbers asked for? */
export const isAnalysed = ({ preference = [] }: TsharkFlags): boolean =>
  preference.some((text) => text.toLowerCase() === 'tcp.analyze_sequence_numbers:true');

function checkPreference(text: string): void {
  const at = text.indexOf(':');
  const name = at < 0 ? text : text.slice(0, at);
  const known = PREFERENCES[name];
  if (known === undefined) {
    if (name.startsWith('gui.column')) throw new UsageError(`-o ${name}: columns are chosen with -T fields -e FIELD`);
    if (name.startsWith('tls.') || name.startsWith('ssl.')) throw new UsageError(`-o ${name}: nothing is decrypted`);
    const near = nearestNames(name, Object.keys(PREFERENCES));
    throw new UsageError(
      `-o ${name}: ${near.length > 0 ? `did you mean ${near.join(', ')}?` : `dump has no such setting; these it takes: ${Object.keys(PREFERENCES).join(' ')}`}`,
    );
  }
  if (text.slice(at + 1).toUpperCase() !== known[0]) throw new UsageError(`-o ${text}: ${known[1]}`);
}

/**
 * Throws UsageError for what cannot be done, with what to use instead, and returns what was left undone. `hasFile`: a capture to read was named.
 */
export function checkTsharkFlags(flags: TsharkFlags, hasFile: boolean): string[] {
  for (const text of flags.preference ?? []) checkPreference(text);
  if (flags.listInterfaces) throw new UsageError('-D: hopscope live --list lists the interfaces');
  const [stop] = flags.autostop ?? [];
  const limit = stop?.split(':')[0] === 'packets' ? '-c' : stop?.split(':')[0] === 'duration' ? '--duration' : '--ring';
  if (stop !== undefined) throw new UsageError(`-a ${stop}: dump reads captures and makes none; hopscope live has ${limit}`);
  const [ring] = flags.ringBuffer ?? [];
  if (ring !== undefined)
    throw new UsageError(
      `-b ${ring}: dump reads captures and makes none; hopscope live -w FILE --ring 100MB,5 keeps a ring of files`,
    );
  if (flags.captureFilter !== undefined)
    throw new UsageError('-f is a filter of capturing; put its words behind the file: hopscope dump FILE tcp port 80');
  // With a file, tshark reads that and forgets the interface.
  const [interfaceName] = flags.interface ?? [];
  if (interfaceName !== undefined && !hasFile)
    throw new UsageError(`-i ${interfaceName}: dump reads captures; hopscope live -i ${interfaceName} captures`);
  if (flags.extension !== undefined)
    throw new UsageError(
      `-X ${flags.extension[0]}: there are no scripts; hopscope sql and the library (docs/library.md) compute; bytes as tcpdump -X prints them: --style tcpdump -X`,
    );
  if (flags.ascii) throw new UsageError('-A is an option of tcpdump; add --style tcpdump');
  if (flags.verbose) throw new UsageError('-v is an option of tcpdump; add --style tcpdump, or take -V for all fields');
  if (flags.exportObjects !== undefined)
    throw new UsageError('--export-objects: hopscope follow FILE STREAM --as raw writes what was sent');
  if (flags.keytab !== undefined) throw new UsageError('-K: nothing is decrypted');
  const left: string[] = [];
  if ((flags.protocols ?? flags.topProtocols) !== undefined && !/^(json|jsonraw|ek|pdml)$/.test(flags.type ?? ''))
    left.push('-j and -J change nothing: they choose what is in -T json, ek and pdml; -O chooses what is in -V');
  const [names] = flags.names ?? [];
  if (names !== undefined && names !== 'n') left.push(`-N ${names} changes nothing: ${NAMES}`);
  if (flags.hosts !== undefined) left.push(`-H changes nothing: ${NAMES}`);
  if (flags.profile !== undefined && flags.profile !== 'Default') left.push('-C changes nothing: there are no profiles');
  if (flags.color) left.push('--color changes nothing: there are no colouring rules; hopscope tui has colours');
  return left;
}
