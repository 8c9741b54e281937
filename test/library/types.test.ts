// What is promised in types: checked by `npm run types`, which reads this file; running it proves nothing more.
import { expectTypeOf, it } from 'vitest';
import type { Facts as EngineFacts } from '../../src/facts/facts.js';
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
