// The licences of the packages whose code a bundle holds: they ask that their text goes with every copy.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What esbuild names its inputs by, up to the folder of a package: `node_modules/zod/v4/core/util.js`. */
const PACKAGE = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//;

/** One text of all licences, in the order of the names. `inputs`: the files that went into the bundles. */
export function licensesOf(inputs) {
  const folders = [...new Set(inputs.flatMap((input) => PACKAGE.exec(input)?.[1] ?? []))].sort();
  const parts = folders.map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
    const text = file === undefined ? `Licence: ${license}` : readFileSync(join(folder, file), 'utf8').trim();
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  return `The program holds code of these packages.\n\n${parts.join(`\n${'-'.repeat(72)}\n\n`)}`;
}
