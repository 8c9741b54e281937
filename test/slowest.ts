// A reporter of vitest: the slowest tests at the end of a run, slowest first, so that one that waits for nothing is seen.
import type { Reporter, TestModule } from 'vitest/node';

const SHOWN = 20;

export default class Slowest implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) =>
      Array.from(module.children.allTests(), (test) => ({
        ms: test.diagnostic()?.duration ?? 0,
        name: `${module.relativeModuleId}: ${test.fullName}`,
      })),
    );
    const ran = tests.filter(({ ms }) => ms > 0);
    if (ran.length <= SHOWN) return;
    const slowest = ran.sort((a, b) => b.ms - a.ms).slice(0, SHOWN);
    console.log(`\nThe slowest ${SHOWN} of ${ran.length} tests:`);
    for (const { ms, name } of slowest) console.log(`${(ms / 1000).toFixed(1).padStart(7)} s  ${name}`);
  }
}
