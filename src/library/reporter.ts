// A reporter for vitest: each matcher that fails leaves its HTML report, with packets and drawings, and the end of the run names them.
import { relative, resolve } from 'node:path';

/** `['hopscope/reporter', { folder: 'reports' }]` */
export interface ReporterOptions {
  /** Folder of the reports, from the root of the tests; `hopscope-reports` when not given. */
  readonly folder?: string;
}

// As much of vitest's types as is used: they move between its versions.
interface Vitest {
  readonly config: { readonly root: string };
  provide(key: never, value: never): void;
}
interface TestModule {
  readonly children: { allTests(state: 'failed'): Iterable<{ readonly fullName: string; meta(): object }> };
}

/** `reporters: ['default', 'hopscope/reporter']`, or with options `['hopscope/reporter', { folder: 'reports' }]`. */
export default class HopscopeReporter {
  private root = '.';

  constructor(private readonly options: ReporterOptions = {}) {}

  /** Called by vitest: says where reports are to lie. */
  onInit(vitest: Vitest): void {
    this.root = vitest.config.root;
    vitest.provide('hopscopeReports' as never, resolve(this.root, this.options.folder ?? 'hopscope-reports') as never);
  }

  /** Called by vitest: names the reports that were left. */
  onTestRunEnd(modules: readonly TestModule[]): void {
    const lines = modules.flatMap((module) =>
      [...module.children.allTests('failed')].flatMap((test) => {
        const { hopscope = [] } = test.meta() as { readonly hopscope?: readonly string[] };
        return hopscope.map((path) => `  ${test.fullName}: ${relative(this.root, path)}`);
      }),
    );
    if (lines.length > 0) console.log(`\nhopscope reports of what failed:\n${lines.join('\n')}\n`);
  }
}
