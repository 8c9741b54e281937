// A folder of evidence of one run: captures, each with the point that its name says, topologies, and what is of no use here.
import { basename } from 'node:path';
import { sniff } from '../capture/sniff.js';
import { fromStart, printedHead, printedNodes, statOf } from '../capture/text-file.js';
import { UsageError } from '../errors.js';
import { filesUnder } from './find-files.js';
import type { CaptureInput } from './options.js';

export interface BundleFile {
  readonly path: string;
  readonly taken: 'capture' | 'printed text' | 'topology' | 'interface names' | 'expectations' | 'nothing';
  /** What was made of it, in words: `captured on router`. */
  readonly says: string;
}

export interface Bundle {
  readonly captures: readonly CaptureInput[];
  readonly topologies: readonly string[];
  readonly files: readonly BundleFile[];
}

export const isFolder = (path: string): boolean => path !== '-' && path !== '' && statOf(path)?.isDirectory() === true;

/** Looks through a folder. Throws UsageError where no capture is in it. */
export function readBundle(folder: string): Bundle {
  const captures: CaptureInput[] = [];
  const topologies: string[] = [];
  const files: BundleFile[] = [];
  for (const path of filesUnder(folder, () => true)) {
    const head = headOf(path);
    if (head === null) files.push({ path, taken: 'nothing', says: 'it cannot be read' });
    else if (head.isPrinted) {
      const inputs = onNodes({ point: null, path });
      const named = inputs.map((input) => input.point ?? pointOf(path));
      captures.push(...inputs.map((input, i) => ({ ...input, point: named[i] })));
      files.push({ path, taken: 'printed text', says: `printed on ${named.join(', ')}` });
    } else if (head.format !== null) {
      const point = pointOf(path);
      captures.push({ point, path });
      files.push({ path, taken: 'capture', says: `captured on ${point}` });
    } else {
      const file = textOf(path, head.text);
      if (file.taken === 'topology') topologies.push(path);
      files.push(file);
    }
  }
  if (captures.length === 0)
    throw new UsageError(`${folder}: no capture is in this folder; name a capture, or a folder that has some`);
  return { captures, topologies, files };
}

/** A paste of several machines is a capture of each; one of a single machine was taken there. */
export function onNodes(input: CaptureInput): CaptureInput[] {
  const nodes = input.point === null ? printedNodes(input.path) : null;
  if (nodes === null || nodes.length === 0) return [input];
  if (nodes.length === 1) return [{ ...input, point: nodes[0] }];
  return nodes.map((node) => ({ point: node, path: `${input.path}#${node}` }));
}

/** Names that Linux gives interfaces; and `any`. */
const INTERFACE =
  /^(.+)[-_.](?:any|lo|(?:eth|ens|eno|enp|enx|wlan|bond|team|br|tun|tap|wg|veth|lxc|cali|cni|docker|virbr|vlan|vxlan|geneve|ipip|flannel|cilium)[\w@.:-]*)$/i;

/** `run/router-eth1.pcap.gz` was captured on `router`. */
function pointOf(path: string): string {
  const name = basename(path).replace(/(\.(pcap|pcapng|cap|gz|zst|txt|log))+$/i, '');
  return INTERFACE.exec(name)?.[1] ?? name;
}

interface Head {
  readonly format: ReturnType<typeof sniff>;
  readonly isPrinted: boolean;
  readonly text: string;
}

const headOf = (path: string): Head | null =>
  fromStart(path, (fd, start) => {
    const { head, isPrinted } = printedHead(fd, start);
    return { format: sniff(start, 0, start.length), isPrinted, text: Buffer.from(head).toString('latin1') };
  });

function textOf(path: string, head: string): BundleFile {
  if (path.endsWith('.ifmap.json')) return { path, taken: 'interface names', says: 'of the capture beside it' };
  if (/\.(ya?ml|json)$/i.test(path)) {
    if (/^expect:/m.test(head)) return { path, taken: 'expectations', says: 'hopscope verify holds captures against them' };
    if (/^\s*"?nodes"?\s*:\s*(?:$|\{|#)/m.test(head)) return { path, taken: 'topology', says: 'of the run' };
  }
  return { path, taken: 'nothing', says: 'no capture and no topology; hopscope topology import reads outputs of ip and kubectl' };
}
