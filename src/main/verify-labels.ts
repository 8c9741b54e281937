// Labels of captures that tell them apart over all suites of a run: each suite has named those of its own.
import type { Result } from './verify-report.js';

/** Captures at a point of the same name get as much of their path as tells them apart. */
export function relabel(results: readonly Result[]): Result[] {
  const files = new Map<string, Set<string>>();
  for (const { captures } of results)
    for (const { point, file } of captures) files.set(point, (files.get(point) ?? new Set()).add(file));
  const labels = new Map<string, ReadonlyMap<string, string>>();
  for (const [point, paths] of files) if (paths.size > 1) labels.set(point, endsOf([...paths]));
  return results.map((result) => {
    const own = new Map(
      result.captures.map(({ point, file }) => {
        const end = labels.get(point)?.get(file);
        return [point, end === undefined || end === point ? point : `${point} (${end})`];
      }),
    );
    const label = (point: string): string => own.get(point) ?? point;
    return {
      ...result,
      ...(result.details !== undefined && {
        details: {
          ...result.details,
          captures: result.details.captures.map((one) => ({ ...one, label: label(one.label) })),
        },
      }),
      captures: result.captures.map((one) => ({ ...one, point: label(one.point) })),
      suites: result.suites.map((one) => ({ ...one, points: one.points.map(label) })),
      findings: result.findings.map((one) => ({
        ...one,
        evidence: one.evidence.map((frame) => ({ ...frame, point: label(frame.point) })),
      })),
    };
  });
}

/** The ends of paths, from as many folders as it takes to tell them apart. */
function endsOf(paths: readonly string[]): Map<string, string> {
  const parts = paths.map((path) => path.split('/'));
  const longest = Math.max(...parts.map(({ length }) => length));
  const ends = (count: number): string[] => parts.map((list) => list.slice(-count).join('/'));
  let count = 1;
  while (count < longest && new Set(ends(count)).size < paths.length) count++;
  return new Map(ends(count).map((end, i) => [paths[i], end]));
}
