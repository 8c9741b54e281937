// Frames to a report: flows, rules, and all forms of output. What is written must parse, and must be safe to show.
import { Frame } from '../../src/capture/frame.js';
import type { Registry } from '../../src/dissect/registry.js';
import { flowsCsv, flowsJson, flowsText } from '../../src/dump/flows-output.js';
import { Facts } from '../../src/facts/facts.js';
import { type Flow, type FlowList, flowOf } from '../../src/flows/flow.js';
import { PathTexts } from '../../src/flows/path-text.js';
import { Ports } from '../../src/flows/ports.js';
import { Tracker } from '../../src/flows/tracker.js';
import { FORMATS } from '../../src/report/formats.js';
import type { Run } from '../../src/report/run.js';
import { VERSION } from '../../src/report/version.js';
import { chooseRules } from '../../src/rules/choose.js';
import { type Assessment, assess } from '../../src/rules/engine.js';
import { clock } from '../../src/rules/findings.js';
import { catalogue } from '../../src/rules/index.js';
import { InterfaceNames } from '../../src/topology/ifmap.js';
import { readTopology } from '../../src/topology/read.js';
import { Testimony } from '../../src/witnesses/testimony.js';
import { parseXml } from '../report/xml.js';
import { SEEDS } from '../witnesses/seeds.js';
import { type BlankFrame, type Input, must, mustBeClean } from './input.js';

/** What other tools tell beside the frames: texts of all kinds. */
const TOLD = {
  witnesses: SEEDS.map((text, i) => {
    const testimony = new Testimony(1.7546e12);
    for (const line of text.split('\n')) testimony.line(line);
    testimony.end();
    return { file: `seed-${i}.txt`, info: testimony.info, groups: testimony.all };
  }),
  zeroSeconds: 1_754_667_411,
};

const RULES = chooseRules(catalogue, { only: [], except: [], settings: [] });
/** Longest time that the rules may take over one round, in milliseconds. */
const SLOW_MS = 10_000;

export interface Round {
  /** Two capture points; the second one belongs to no node. */
  readonly points: readonly string[];
  readonly topology: string | null;
  readonly maxConversations: number;
  readonly ended: boolean;
  readonly dropped: number | null;
}

/** A lab that frames come to until it is judged. */
export class RunTarget {
  readonly tracker: Tracker;
  /** The same frames among other bytes: what it finds must be the same. */
  private readonly twin: Tracker;
  private readonly topology;
  private readonly frame = new Frame();
  private readonly buffer: Uint8Array;
  private readonly twinBuffer: Uint8Array;
  private number = 0;

  constructor(
    registry: Registry,
    private readonly round: Round,
    longest: number,
  ) {
    this.buffer = new Uint8Array(longest + 128).fill(0xff);
    this.twinBuffer = new Uint8Array(longest + 128);
    this.topology = round.topology === null ? null : readTopology([{ name: 'fuzz.yaml', text: round.topology }]);
    const node = (point: string) => (this.topology?.nodeNames.includes(point) ? point : null);
    const macs = round.points.map(
      (point) => new Set((this.topology?.node(point)?.interfaces ?? []).flatMap((i) => (i.mac === null ? [] : [i.mac]))),
    );
    const tracker = (): Tracker => {
      const names = round.points.map((point) => new InterfaceNames({ topology: this.topology, node: node(point) }));
      const ports = new Ports(round.points, (source, index) => names[source].of(index));
      return new Tracker(registry, ports, macs, { maxConversations: round.maxConversations });
    };
    this.tracker = tracker();
    this.twin = tracker();
  }

  observe(input: Input & Partial<BlankFrame>, capture: number, timeNs: number, hasTime: boolean): void {
    this.number++;
    this.see(this.tracker, this.buffer, 32, 0xff, input, capture, timeNs, hasTime);
    this.see(this.twin, this.twinBuffer, 40, 0, input, capture, timeNs, hasTime);
  }

  private see(
    tracker: Tracker,
    buffer: Uint8Array,
    start: number,
    fill: number,
    input: Input & Partial<BlankFrame>,
    capture: number,
    timeNs: number,
    hasTime: boolean,
  ): void {
    const { frame } = this;
    const end = start + input.bytes.length;
    buffer.set(input.bytes, start);
    buffer.fill(fill, end, end + 64);
    frame.bytes = buffer;
    frame.start = start;
    frame.end = end;
    frame.wireLength = input.wireLength;
    frame.linkType = input.linkType;
    frame.number = this.number;
    frame.fileOffset = 24 + this.number * 100;
    frame.interfaceId = input.interfaceId ?? 0;
    frame.direction = input.direction ?? 0;
    frame.hasTime = hasTime;
    tracker.observe(frame, capture, timeNs);
  }

  /** Judges what was seen, writes all reports and holds them against their rules. */
  async judge(): Promise<readonly string[]> {
    const { tracker, twin, round, topology } = this;
    const points = round.points.map((point) => ({
      point,
      node: topology?.nodeNames.includes(point) ? point : null,
      dropped: round.dropped,
      broken: false,
      filter: null,
      everyInterface: true,
    }));
    const judged = (of: Tracker): Assessment => {
      of.finish();
      return assess(new Facts(of, points, topology, round.ended, TOLD), RULES, clock(1_754_667_411));
    };
    // A busy machine stops a thread for seconds: what counts is the processor's time.
    const start = process.cpuUsage();
    const { findings, passed } = judged(tracker);
    const { user, system } = process.cpuUsage(start);
    must((user + system) / 1000 < SLOW_MS, `the rules took ${Math.round((user + system) / 1000)} ms of the processor's time`);
    const again = judged(twin).findings;
    must(
      JSON.stringify(findings) === JSON.stringify(again),
      `the findings depend on what stands around the frames: ${findings.find((f, i) => JSON.stringify(f) !== JSON.stringify(again[i]))?.message}`,
    );
    for (const finding of findings)
      must(!finding.title.includes('stopped with an error of its own'), `${finding.title}: ${finding.message}`);
    const run: Run = {
      schema: 'hopscope.report/2',
      tool: { name: 'hopscope', version: VERSION },
      captures: points.map(({ point }, i) => ({
        point,
        file: `${point}.pcap`,
        format: 'pcap',
        linkTypes: ['LINUX_SLL2'],
        frames: tracker.sources[i].frames,
        bytes: tracker.sources[i].bytes,
        first: null,
        last: null,
        dropped: round.dropped,
        clipped: tracker.sources[i].clipped,
        interfaces: [],
        error: null,
      })),
      findings,
      summary: { fail: findings.length, inconclusive: 0, pass: passed },
    };
    await reportsHold(run);
    const list = this.flows(tracker);
    JSON.parse(flowsJson(list));
    const others = this.flows(twin).flows.map((flow) => JSON.stringify(flow));
    for (const [i, flow] of list.flows.entries())
      must(
        JSON.stringify(flow) === others[i],
        `a conversation depends on what stands around the frames: ${JSON.stringify(flow)} ${others[i]}`,
      );
    must(list.flows.length === others.length, 'the number of conversations depends on what stands around the frames');
    mustBeClean(flowsText(list), 'the list of conversations');
    mustBeClean(flowsCsv(list).replaceAll('\r\n', '\n'), 'the CSV of conversations');
    return findings.map((f) => `${f.verdict} ${f.rule}`);
  }

  private flows(tracker: Tracker): FlowList {
    const paths = new PathTexts(tracker.ports, tracker.tunnels, () => true, true);
    const t = tracker.conversations;
    const flows: Flow[] = [];
    for (let c = 0; c < t.used && flows.length < 300; c++) if (t.exists(c)) flows.push(flowOf(tracker, c, paths, this.topology));
    return { flows, forgotten: t.forgotten, baseSeconds: 0, errors: [] };
  }
}

/** Every format of a run: it parses, and nothing in it acts on whoever shows it. */
export async function reportsHold(run: Run): Promise<void> {
  for (const [name, format] of Object.entries(FORMATS)) {
    const text = await (await format.load())(run, { color: false, width: 100, verbose: true });
    mustBeClean(text, name);
    must(text.endsWith('\n'), `${name} does not end in a newline`);
    if (name === 'json' || name === 'sarif') JSON.parse(text);
    else if (name === 'junit') parseXml(text);
    else if (name === 'github')
      for (const line of text.trimEnd().split('\n'))
        must(/^::(error|warning|notice)[ :]/.test(line), `a line of github is no command of ours: ${line.slice(0, 100)}`);
    else if (name === 'markdown') must(!/<(?!\/?(sub|details|summary)>|!-- -->)/.test(text), 'markdown has HTML of its own');
  }
}
