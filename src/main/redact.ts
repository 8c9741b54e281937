// A bundle for others to see: names and public addresses are replaced in captures and texts, so that what is wrong in it stays what it was.
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { dissectors } from '../../dissectors/index.js';
import { checksumAdd } from '../bytes/checksum.js';
import { u16 } from '../bytes/read.js';
import { quantity } from '../bytes/units.js';
import { Frame } from '../capture/frame.js';
import { makeFolders } from '../capture/live/make-folders.js';
import { openCapture } from '../capture/open.js';
import { contentOf } from '../capture/text-file.js';
import { createCapture } from '../capture/write.js';
import type { FieldDef, FieldValue } from '../dissect/fields.js';
import { Registry } from '../dissect/registry.js';
import type { Sink } from '../dissect/sink.js';
import { emitLayer, shownLayers } from '../dissect/tree.js';
import { Layers } from '../dissect/walk.js';
import { HopscopeError, UsageError, whyUnwritable } from '../errors.js';
import { filesUnder } from './find-files.js';
import { Pseudonyms } from './pseudonyms.js';

export interface Redacted {
  readonly files: number;
  readonly frames: number;
  readonly names: number;
  readonly addresses: number;
  /** What may still tell who you are, a line each. */
  readonly remains: readonly string[];
}

/** Larger texts are left out. */
const MAX_TEXT = 64 << 20;

/** Writes the bundle `from` anew as the folder `to`: whole, or not at all. Throws UsageError, CaptureError. */
export async function redact(from: string, to: string): Promise<Redacted> {
  if (statSync(from, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new UsageError(`${from} is no folder; name a bundle`);
  if (statSync(to, { throwIfNoEntry: false }) !== undefined) throw new UsageError(`${to} is there already; name another folder`);
  const part = join(dirname(to), `.${to.slice(dirname(to).length).replace(/^\/+/, '')}.part`);
  rmSync(part, { recursive: true, force: true });
  const work = new Redaction(from, part);
  try {
    const result = await work.run();
    renameSync(part, to);
    return result;
  } catch (error) {
    rmSync(part, { recursive: true, force: true });
    const why = error instanceof HopscopeError ? null : whyUnwritable(error);
    throw why === null ? error : new UsageError(`cannot write ${to}: ${why}; -o names another folder`);
  }
}

type Kind = 'capture' | 'text' | 'other';

class Redaction {
  private readonly others = new Pseudonyms();
  private readonly layers = new Layers(new Registry(dissectors, []));
  private readonly frame = new Frame();
  private frames = 0;
  private opaque = 0;
  private readonly leftOut: string[] = [];

  constructor(
    private readonly from: string,
    private readonly to: string,
  ) {}

  async run(): Promise<Redacted> {
    const files = filesUnder(this.from, () => true).map((path) => ({ path, kind: kindOf(path) }));
    for (const { path, kind } of files) {
      if (kind === 'text') this.learnText(path);
      else if (kind === 'capture') await this.learnCapture(path);
    }
    let written = 0;
    // Texts may have addresses of packets as numbers: those are known by then.
    for (const { path, kind } of [...files].sort((a, b) => Number(a.kind === 'text') - Number(b.kind === 'text'))) {
      const target = join(this.to, this.others.text(relative(this.from, path)));
      makeFolders(dirname(target));
      if (kind === 'text') writeFileSync(target, this.others.text(readFileSync(path, 'utf8')));
      else if (kind === 'capture') await this.rewrite(path, target);
      else {
        this.leftOut.push(relative(this.from, path));
        continue;
      }
      written++;
    }
    return { files: written, frames: this.frames, ...this.others.counts, remains: this.remains() };
  }

  private remains(): string[] {
    const { others, leftOut, opaque } = this;
    return [
      'private addresses, MACs, interface names, ports, times and sizes are as they were',
      'names of public addresses in in-addr.arpa have other digits, which are not those of the other address',
      'what packets carry was searched for the names that are known from the bundle and from DNS; whatever else they carry is as it was, also what is encrypted, compressed or encoded',
      ...(opaque > 0 ? [`${quantity(opaque, 'packet')} end in data that no protocol here reads`] : []),
      ...(others.kept.size > 0
        ? [`words that tools print themselves stay, also as names: ${[...others.kept].sort().join(', ')}`]
        : []),
      ...(leftOut.length > 0 ? [`left out, as it is neither a capture nor a text: ${leftOut.join(', ')}`] : []),
      'look through what the commands printed before you share it',
    ];
  }

  private learnText(path: string): void {
    const text = readFileSync(path, 'utf8');
    this.others.learnWords(text);
    const json = jsonIn(text);
    if (json !== undefined) this.learnJson(json, 0);
    // Keys of a topology, and of the points of a bundle.json or a points file.
    for (const [, name] of text.matchAll(/^ {2}["']?([\w.-]+)["']?: *(?:\{|$)/gm))
      if (/\.ya?ml$/.test(path)) this.others.learn(name);
    for (const [, pod] of text.matchAll(/\bname: *["']?([\w.-]+\/[\w.-]+)/g)) this.others.learn(pod);
    for (const [, host] of text.matchAll(/\bssh[: ]+["']?(?:[\w.-]+@)?([a-z][\w-]*(?:\.[\w-]+)*)/gi)) this.others.learn(host);
  }

  /** Of objects of a cluster their names, and what they say of nodes and hosts. */
  private learnJson(value: unknown, depth: number): void {
    if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return;
    if (Array.isArray(value)) {
      for (const one of value) this.learnJson(one, depth + 1);
      return;
    }
    for (const [key, inner] of Object.entries(value)) {
      if (key === 'metadata') for (const word of ['name', 'namespace', 'generateName']) this.learnMember(inner, word);
      if (depth === 0 && (key === 'points' || key === 'nodes') && !Array.isArray(inner))
        for (const name of Object.keys((inner as object | null) ?? {})) this.others.learn(name);
      if (/^(?:nodeName|node_name|hostname|host|pod_name|serviceName|clusterName|cluster_name|reached)$/.test(key))
        this.learnMember(value, key);
      this.learnJson(inner, depth + 1);
    }
  }

  private learnMember(value: unknown, key: string): void {
    const text = (value as Record<string, unknown> | null)?.[key];
    if (typeof text === 'string' && text.length <= 253) this.others.learn(text.replace(/-$/, ''));
  }

  /** Names that DNS asks for and answers with. */
  private async learnCapture(path: string): Promise<void> {
    const names = new Names((name) => this.others.learn(name));
    await this.each(path, () => {
      const { layers } = this;
      for (let i = 0; i < shownLayers(layers); i++)
        if (/^(?:dns|mdns|dhcp|tls|http)/.test(protocolOf(layers, i))) emitLayer(layers, i, names);
    });
  }

  private async each(path: string, see: (source: ReturnType<typeof openCapture>) => void): Promise<void> {
    const source = openCapture(path);
    try {
      for (;;) {
        while (source.next(this.frame)) {
          this.layers.walk(this.frame);
          see(source);
        }
        const more = source.fill();
        if (!(typeof more === 'boolean' ? more : await more)) return;
      }
    } finally {
      source.close();
    }
  }

  private async rewrite(path: string, target: string): Promise<void> {
    let described = 0;
    const file = createCapture(target, { format: 'pcapng', application: 'hopscope' });
    try {
      await this.each(path, ({ info }) => {
        this.replace();
        this.frames++;
        // One record stands for all frames: an interface of it is written once.
        for (const i of info.interfaces.slice(described)) {
          const { description, filter } = i;
          Object.assign(i, {
            description: description === null ? null : this.others.text(description),
            filter: filter === null ? null : this.others.text(filter),
          });
        }
        described = info.interfaces.length;
        info.frameComments.clear();
        file.write(this.frame, info);
      });
      file.finish();
    } catch (error) {
      file.abort();
      throw error;
    }
  }

  /** Addresses and names of the frame at hand; what its checksums said stays so. */
  private replace(): void {
    const { layers, frame, others } = this;
    const { bytes, start, end } = frame;
    const before = bytes.slice(start, end);
    const addresses = new Addresses();
    const count = shownLayers(layers);
    for (let i = 0; i < count; i++) emitLayer(layers, i, addresses);
    if (count > 0 && protocolOf(layers, count - 1) === 'data') this.opaque++;
    let changed = false;
    for (const at of addresses.v4) {
      const address = (((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0) as number;
      const other = others.ipv4(address);
      if (other === address) continue;
      new DataView(bytes.buffer, bytes.byteOffset).setUint32(at, other);
      changed = true;
    }
    for (const at of addresses.v6) if (others.ipv6(bytes, at)) changed = true;
    // Link-layer headers hold no names.
    if (others.bytes(bytes, count > 1 ? layers.body[0] : start, end)) changed = true;
    // The innermost first: outer ones cover it.
    if (changed) for (const sum of [...addresses.sums].reverse()) this.correct(before, start, sum);
  }

  /** By what has changed under it: right stays right, and wrong stays wrong (RFC 1624). */
  private correct(before: Uint8Array, start: number, at: number): void {
    const { layers } = this;
    const { bytes } = layers;
    let i = layers.count - 1;
    while (i >= 0 && !(layers.start[i] <= at && at < layers.end[i])) i--;
    if (i < 0) return;
    const name = protocolOf(layers, i);
    const stated = u16(bytes, at);
    if (stated === 0 && name === 'udp') return;
    const [from, to] = [layers.start[i], name === 'ip' ? layers.body[i] : layers.end[i]];
    const sum = (b: Uint8Array, shift: number): number => {
      let total = checksumAdd(b, from - shift, to - shift) - u16(b, at - shift);
      if (!PSEUDO.has(name)) return total;
      let below = i - 1;
      while (below >= 0 && layers.registry.addresses[layers.proto[below]].bytes === 0) below--;
      if (below < 0) return total;
      const { offset, bytes: size } = layers.registry.addresses[layers.proto[below]];
      const addresses = layers.start[below] + offset - shift;
      total += checksumAdd(b, addresses, addresses + 2 * size);
      return total;
    };
    const difference = sum(bytes, 0) - sum(before, start);
    if (difference === 0) return;
    // ~new = ~old + difference, in one's complement.
    let inverted = (~stated & 0xffff) + (((difference % 0xffff) + 0xffff) % 0xffff);
    while (inverted > 0xffff) inverted = (inverted & 0xffff) + (inverted >>> 16);
    let other = ~inverted & 0xffff;
    if (other === 0 && name === 'udp') other = 0xffff;
    bytes[at] = other >>> 8;
    bytes[at + 1] = other & 0xff;
  }
}

const MAX_DEPTH = 60;
/** Their checksums cover the addresses below. */
const PSEUDO = new Set(['tcp', 'udp', 'icmpv6']);

const protocolOf = (layers: Layers, i: number): string => layers.registry.protocols[layers.proto[i]].name;

/** Written like an address by Wireshark, and none: it says that options follow (RFC 2131 section 3). */
const NO_ADDRESS = new Set(['dhcp.cookie']);

/** Where addresses and checksums lie. */
class Addresses implements Sink {
  /** A place may have several fields. */
  readonly v4 = new Set<number>();
  readonly v6 = new Set<number>();
  readonly sums = new Set<number>();

  wants(): boolean {
    return true;
  }
  add(def: FieldDef, at: number, length: number): void {
    if (def.type === 'ipv4' && length === 4 && !NO_ADDRESS.has(def.name)) this.v4.add(at);
    else if (def.type === 'ipv6' && length === 16) this.v6.add(at);
    else if (length === 2 && def.name.endsWith('.checksum')) this.sums.add(at);
  }
  open(def: FieldDef, at: number, length: number): void {
    this.add(def, at, length);
  }
  close(): void {}
  note(): void {}
}

class Names implements Sink {
  constructor(private readonly learn: (name: string) => void) {}
  wants(): boolean {
    return true;
  }
  add({ type, name }: FieldDef, _at: number, _length: number, value: FieldValue): void {
    if (type === 'string' && typeof value === 'string' && /name|host|domain|cname|server/.test(name)) this.learn(value);
  }
  open(def: FieldDef, at: number, length: number, value: FieldValue): void {
    this.add(def, at, length, value);
  }
  close(): void {}
  note(): void {}
}

function kindOf(path: string): Kind {
  const content = contentOf(path);
  if (content === null) return 'other';
  if (content.kind === 'capture') return 'capture';
  // What tcpdump has printed is text, too.
  return content.kind === 'other' || (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > MAX_TEXT ? 'other' : 'text';
}

/** Of one document, or of a line each. */
function jsonIn(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text.split('\n').flatMap((line) => {
      try {
        return [JSON.parse(line) as unknown];
      } catch {
        return [];
      }
    });
  }
}
