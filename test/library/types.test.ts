// What is promised in types: checked by `npm run types`, which reads this file; running it proves nothing more.
import { type Assertion, expectTypeOf, it } from 'vitest';
import type { Facts as EngineFacts } from '../../src/facts/facts.js';
import type { analyze as analyzeInBrowser, BrowserInputs } from '../../src/library/browser.js';
import type { Finding, Inputs, LabTopology, Report, Run, Verification } from '../../src/library/index.js';
import {
  analyze,
  compileFilter,
  dissect,
  follow,
  importTopology,
  live,
  type loadTopology,
  openCapture,
  verify,
} from '../../src/library/index.js';
import type { Draft, Facts, layout, Plugin, PluginRule, plugin, rule } from '../../src/library/plugin.js';
import type { conversationWith, Flow, findingOf, Lab, lab, TunnelSpec } from '../../src/library/vitest.js';
import type { TopologyFile } from '../../src/topology/schema.js';

it('the content of a topology file is typed as its schema says', () => {
  expectTypeOf<LabTopology>().toExtend<TopologyFile>();
  expectTypeOf<TopologyFile>().toExtend<LabTopology>();
});

it('functions take and give what the guide says', () => {
  expectTypeOf(analyze).returns.resolves.toEqualTypeOf<Run>();
  expectTypeOf(analyze).parameter(0).toEqualTypeOf<Inputs>();
  expectTypeOf<Inputs>().toExtend<string | Uint8Array | Blob | readonly unknown[] | Readonly<Record<string, unknown>>>();
  expectTypeOf<string>().toExtend<Inputs>();
  expectTypeOf<{ router: Uint8Array<ArrayBuffer>; other: ['a.pcap', Blob] }>().toExtend<Inputs>();
  expectTypeOf<EngineFacts>().toExtend<Run['facts']>();
  expectTypeOf<Run['report']>().toEqualTypeOf<Report>();
  expectTypeOf<Run['findings']>().toEqualTypeOf<readonly Finding[]>();
  expectTypeOf<Run['verdict']>().toEqualTypeOf<'pass' | 'fail' | 'inconclusive'>();
  expectTypeOf(verify).returns.resolves.toEqualTypeOf<Verification>();
  expectTypeOf(openCapture).returns.toExtend<AsyncIterable<{ readonly bytes: Uint8Array; readonly number: number }>>();
  expectTypeOf(dissect).parameter(0).toEqualTypeOf<Uint8Array>();
  expectTypeOf(compileFilter).parameter(0).toEqualTypeOf<string>();
  expectTypeOf<ReturnType<typeof loadTopology>>().toExtend<LabTopology>();
  expectTypeOf(importTopology).returns.toHaveProperty('conflicts');
  expectTypeOf(follow).returns.resolves.toBeNullable();
  expectTypeOf(live).returns.toExtend<AsyncIterable<{ readonly event: string; readonly atMs: number }>>();
});

it('matchers take flows, paths and tunnels, and are waited for', () => {
  type Matchers = Assertion<Lab>;
  expectTypeOf<ReturnType<typeof lab>>().resolves.toEqualTypeOf<Lab>();
  expectTypeOf<Parameters<Matchers['toDeliver']>>().toEqualTypeOf<[flow: Flow, within?: string]>();
  expectTypeOf<Parameters<Matchers['toTakePath']>>().toEqualTypeOf<
    [flow: Flow, path: readonly string[], returnPath?: readonly string[]]
  >();
  expectTypeOf<Matchers['toTunnel']>().parameter(1).toEqualTypeOf<TunnelSpec | 'none'>();
  expectTypeOf<Parameters<Matchers['toBeHealthy']>>().toEqualTypeOf<[]>();
  expectTypeOf<Matchers['toHaveFinding']>().returns.toEqualTypeOf<Promise<Lab>>();
  expectTypeOf<Matchers['never']>()
    .parameter(1)
    .toEqualTypeOf<{ readonly witness?: string; readonly except?: string } | undefined>();
  expectTypeOf<{ port: string }>().not.toExtend<Flow>();
  expectTypeOf<{ dstPort: number }>().toExtend<Parameters<typeof conversationWith>[0]>();
  expectTypeOf<{ interfaceExpcted: string }>().not.toExtend<Parameters<typeof findingOf>[1]>();
});

it('rules of plug-ins have the names of their options, layouts those of their fields', () => {
  type Judge = Parameters<typeof rule<'within' | 'atLeast'>>[0]['judge'];
  expectTypeOf<Parameters<Judge>[0]>().toEqualTypeOf<Facts>();
  expectTypeOf<Parameters<Judge>[1]>().toEqualTypeOf<(draft: Draft) => number>();
  expectTypeOf<Parameters<Judge>[2]>().toEqualTypeOf<Readonly<Record<'within' | 'atLeast', number>>>();
  expectTypeOf<keyof ReturnType<typeof layout<'version' | 'seq' | ''>>['get']>().toEqualTypeOf<'version' | 'seq'>();
  expectTypeOf<PluginRule>().toExtend<NonNullable<Plugin['rules']>[number]>();
  expectTypeOf<ReturnType<typeof plugin>>().toEqualTypeOf<Plugin>();
});

it('in a browser captures are bytes, and a run is the same', () => {
  expectTypeOf<Parameters<typeof analyzeInBrowser>[0]>().toEqualTypeOf<BrowserInputs>();
  expectTypeOf<string>().not.toExtend<BrowserInputs>();
  expectTypeOf<ReturnType<typeof analyzeInBrowser>>().resolves.toEqualTypeOf<Run>();
});
