// Builds the page that analyses captures in a browser: one file, with the engine packed into it.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compress, init } from '@bokuweb/zstd-wasm';
import { build } from 'esbuild';

/** Pages of rules take 20 kB packed: they are left to the command line (`hopscope rules ID`), so that the page stays below its 600 kB. */
const pages = {
  name: 'pages',
  setup({ onLoad }) {
    onLoad({ filter: /\.md$/ }, () => ({ contents: '', loader: 'text' }));
  },
};

/** Parts of zod that make a JSON Schema of a shape: what reads files never calls them. */
const UNUSED = /[\\/]zod[\\/]v4[\\/]core[\\/](to-json-schema|json-schema-(processors|generator))\.js$/;

/** Each export of an unused module throws where it is called; those that only make a method (`create...`) make one that throws. */
const unused = {
  name: 'unused',
  setup({ onLoad }) {
    onLoad({ filter: UNUSED }, ({ path }) => {
      const names = [...readFileSync(path, 'utf8').matchAll(/^export (?:const|let|function|class) (\w+)/gm)].map(
        ([, name]) => name,
      );
      const exported = names.map((name) => `${name.startsWith('create') ? 'make' : 'none'} as ${name}`);
      const contents = `function none() { throw new Error('not in this page'); }\nconst make = () => none;\nexport { ${exported.join(', ')} };`;
      return { contents, loader: 'js' };
    });
  },
};

/** The half of yaml that writes is asked only for the name of a key that is a list or a map, which no file of ours has. */
const WRITES = /[\\/]yaml[\\/]browser[\\/]dist[\\/]stringify[\\/]stringify(|String|Collection|Pair|Document|Comment)\.js$/;
const writes = {
  name: 'writes',
  setup({ onLoad }) {
    onLoad({ filter: WRITES }, ({ path }) => {
      const [, names] = /^export \{ ([\w, ]+) \};$/m.exec(readFileSync(path, 'utf8'));
      const exported = names.split(', ').map((name) => `${name.startsWith('create') ? 'context' : 'text'} as ${name}`);
      const contents = `const text = () => 'a key that is a list or a map';\nconst context = () => ({});\nexport { ${exported.join(', ')} };`;
      return { contents, loader: 'js' };
    });
  },
};

/** What YAML 1.1 has and YAML 1.2 has not (dates, sets, binary): our files have none, and a file that says it is 1.1 is read as 1.2. */
const OLD = /[\\/]yaml[\\/]browser[\\/]dist[\\/]schema[\\/]yaml-1\.1[\\/](binary|omap|pairs|schema|set|timestamp)\.js$/;
const old = {
  name: 'old',
  setup({ onLoad }) {
    onLoad({ filter: OLD }, ({ path }) => {
      if (/schema\.js$/.test(path)) return { contents: "export { schema } from '../core/schema.js';", loader: 'js' };
      const [, names] = /^export \{ ([\w, ]+) \};$/m.exec(readFileSync(path, 'utf8'));
      const exported = names.split(', ').map((name) => `none as ${name}`);
      return { contents: `const none = undefined;\nexport { ${exported.join(', ')} };`, loader: 'js' };
    });
  },
};

/** What dissectors remember of earlier frames has no room in the page: a filter that asks for it is told so. */
const PAST = /[\\/]dissectors[\\/]past[\\/](arp|dns|echo|http|tcp|udp)\.ts$/;
const past = {
  name: 'past',
  setup({ onLoad }) {
    onLoad({ filter: PAST }, ({ path }) => {
      const [, name] = /export class (\w+)/.exec(readFileSync(path, 'utf8'));
      const why = 'fields that tell of earlier frames are not in the page; ask the command line for them: hopscope dump';
      return {
        contents: `export class ${name} { constructor() { throw new Error('${why}'); } }\nexport const SAID = {};`,
        loader: 'js',
      };
    });
  },
};

/** Output of these programs is read by the command line alone: in the page it counts as not understood. */
const PROGRAMS = /[\\/]src[\\/](witnesses[\\/](lookup|nc|wget)|topology[\\/]import[\\/](describe|windows))\.ts$/;
const programs = {
  name: 'programs',
  setup({ onLoad }) {
    onLoad({ filter: PROGRAMS }, ({ path }) => {
      const contents = [...readFileSync(path, 'utf8').matchAll(/^export const (\w+): (MakeReader|Listing)\b/gm)].map(
        ([, name, type]) =>
          type === 'Listing'
            ? `export const ${name} = { what: '${name}', starts: () => false };`
            : `export const ${name} = () => ({ kind: '${name}', take: () => false, end() {} });`,
      );
      return { contents: contents.join('\n'), loader: 'js' };
    });
  },
};

/** Protocols that captures of a network's path seldom have. */
const MORE = /[\\/]dissectors[\\/]more\.ts$/;
const fewer = {
  name: 'fewer',
  setup({ onLoad }) {
    onLoad({ filter: MORE }, () => ({ contents: 'export const more = [];', loader: 'js' }));
  },
};

/** The table of wide characters: for the drawings of the page it is enough that those of CJK scripts and emoji are. */
const WIDTHS = /[\\/]get-east-asian-width[\\/]index\.js$/;
const widths = {
  name: 'widths',
  setup({ onLoad }) {
    onLoad({ filter: WIDTHS }, () => ({
      contents:
        'const wide = /[\\u1100-\\u115f\\u2e80-\\u303e\\u3041-\\ua4cf\\uac00-\\ud7a3\\uf900-\\ufaff\\ufe30-\\ufe6f\\uff00-\\uff60\\uffe0-\\uffe6\\u{1f300}-\\u{1faff}\\u{20000}-\\u{3fffd}]/u;\nexport const eastAsianWidth = (code) => (wide.test(String.fromCodePoint(code)) ? 2 : 1);',
      loader: 'js',
    }));
  },
};

/** The half of pako that packs, in the regions that its build marks: the page only unpacks. */
const PACKS = /^\/\/#region src\/(zlib\/(deflate|trees)\.mjs|deflate\.ts)$.*?^\/\/#endregion$/gms;
const packs = {
  name: 'packs',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]pako[\\/]dist[\\/]pako\.mjs$/ }, ({ path }) => {
      const contents = readFileSync(path, 'utf8')
        .replace(PACKS, '')
        .replace(/^export \{.*\};$/m, 'export { Inflate, Z_SYNC_FLUSH };');
      return { contents, loader: 'js' };
    });
  },
};

const LEVEL = 19;

/**
 * Bytes as text of a script element that no parser changes: seven bits a character. NUL and CR, which HTML does not keep, have a bit that is
 * passed over (src/page/screen/packed.ts).
 */
function asText(bytes) {
  const codes = [];
  let [bits, held] = [0, 0];
  for (const byte of bytes) {
    bits = (bits << 8) | byte;
    held += 8;
    while (held >= 7) {
      held -= 7;
      codes.push((bits >> held) & 0x7f);
    }
    bits &= (1 << held) - 1;
  }
  if (held > 0) codes.push((bits << (7 - held)) & 0x7f);
  const text = codes.map((code) => String.fromCharCode(code === 0 || code === 13 ? 0x100 + code : code)).join('');
  if (/<!--|<\/?script/i.test(text)) throw new Error('the packed engine ends its element by chance: build it at another level');
  return text;
}

/** How the engine is bundled for browsers. */
export const browser = {
  bundle: true,
  platform: 'browser',
  // Browsers of 2023 and later.
  target: ['chrome111', 'firefox113', 'safari16.4'],
  format: 'iife',
  minify: true,
  write: false,
  // dist/licenses.txt has them.
  legalComments: 'none',
  charset: 'utf8',
  plugins: [pages, unused, writes, old, past, programs, fewer, widths, packs],
  logLevel: 'warning',
  metafile: true,
};

/** Writes the page to `path`. Returns what esbuild tells of its parts. */
export async function buildPage(path) {
  const folder = mkdtempSync(join(tmpdir(), 'hopscope-page-'));
  try {
    const maker = join(folder, 'document.mjs');
    const [engine, screen] = await Promise.all([
      build({ ...browser, entryPoints: ['src/page/worker.ts'] }),
      build({ ...browser, entryPoints: ['src/page/screen/main.ts'] }),
      build({
        ...browser,
        platform: 'node',
        target: 'node20',
        format: 'esm',
        entryPoints: ['src/page/document.ts'],
        write: true,
        outfile: maker,
      }),
    ]);
    const { pageDocument } = await import(pathToFileURL(maker).href);
    await init();
    const { contents } = engine.outputFiles[0];
    const packed = compress(contents, LEVEL);
    writeFileSync(path, pageDocument(asText(packed), screen.outputFiles[0].text));
    return [engine, screen];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
