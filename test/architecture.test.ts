// The rooms of the house and who may import whom: each pair stands here with its reason. What is not listed is not allowed.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { transformSync } from 'esbuild';
import { parseAst } from 'vite';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');

interface Room {
  /** Why it imports no more than this. */
  readonly why: string;
  /** What it may import besides itself, src/errors.ts and src/bytes, and what for. */
  readonly may: Readonly<Record<string, string>>;
}

/** All rooms may raise errors, read and print numbers, addresses and texts, and ask the machine they run on, as #host. */
const GROUND = ['src/errors.ts', 'src/bytes', 'src/host'];

const ROOMS: Readonly<Record<string, Room>> = {
  'src/errors.ts': { why: 'errors are known to all and know nothing', may: {} },
  'src/host': { why: 'files, time and hashes as Node.js or a browser has them; whoever asks does not know which', may: {} },
  'src/bytes': { why: 'numbers, addresses and texts know no file and no protocol', may: {} },
  'src/texts': { why: 'printed packets become bytes of a capture: whoever reads those needs nothing else', may: {} },
  'src/witnesses': {
    why: 'what another tool tells is read from its lines alone',
    may: { 'src/texts': 'prompts and what terminals add stand around these lines as around packets' },
  },
  'src/capture': {
    why: 'readers turn bytes into frames and know no protocol',
    may: { 'src/texts': 'a text that tcpdump has printed is unpacked like any other input' },
  },
  'src/dissect': {
    why: 'the walk names no protocol: dissectors are handed to it',
    may: { 'src/capture': 'the walk starts from a frame' },
  },
  dissectors: {
    why: 'a protocol knows its header, not who looks at it',
    may: { 'src/dissect': 'a header is declared with layout() and dissector()' },
  },
  'src/filter': {
    why: 'a filter reads layers; it knows no conversation',
    may: {
      'src/capture': 'the fields of a frame: time, length, interface',
      'src/dissect': 'the fields of a header, and where the walk found it',
    },
  },
  'src/topology': { why: 'what is known of the lab does not depend on what was captured', may: {} },
  'src/points': {
    why: 'how a program runs at a point does not depend on what it captures there',
    may: { 'src/topology': 'YAML held against a shape, every problem with its place' },
  },
  'src/collect': {
    why: 'what points say is taken here, and made sense of elsewhere',
    may: {
      'src/capture': 'how tcpdump is asked, and packets kept while they arrive',
      'src/points': 'programs are run at points',
    },
  },
  'src/flows': {
    why: 'conversations and journeys are facts; what they mean is for the rules',
    may: {
      'src/capture': 'times, directions and interfaces of frames',
      'src/dissect': 'the layers that the walk found',
      dissectors: 'reads headers through their layouts',
      'src/topology': 'addresses as keys, names of interfaces',
    },
  },
  'src/facts': {
    why: 'facts are what a run has taught; a rule judges them',
    may: {
      'src/capture': 'directions, and what a capture lost',
      dissectors: 'names of flags and codes',
      'src/topology': 'who lives where, and which way is right',
      'src/flows': 'facts are computed from conversations, journeys, neighbours and tunnels',
      'src/witnesses': 'what other tools tell, to be joined to conversations',
    },
  },
  'src/rules': {
    why: 'a rule knows no report format and no command line',
    may: {
      'src/capture': 'directions and link types',
      dissectors: 'names of flags and codes',
      'src/topology': 'what should be',
      'src/flows': 'evidence, and the kinds of conversations',
      'src/facts': 'what was',
      'src/witnesses': 'what a witness says, in words',
    },
  },
  'src/expect': {
    why: 'an expectation is judged on facts, by the same engine as rules',
    may: {
      'src/capture': 'directions in hops',
      'src/dissect': 'fields in where and never',
      dissectors: 'names of protocols',
      'src/filter': 'filters in where, never and sequence',
      'src/topology': 'names and addresses of the lab',
      'src/flows': 'conversations and journeys that it speaks of',
      'src/facts': 'what was seen of them',
      'src/rules': 'verdicts, evidence and findings have one form',
    },
  },
  'src/dump': {
    why: 'printing packets needs layers and journeys, not findings',
    may: {
      'src/capture': 'frames are printed',
      'src/dissect': 'trees and fields are printed',
      dissectors: 'lines as tcpdump prints them',
      'src/filter': 'fields of frames as columns',
      'src/topology': 'names of interfaces',
      'src/flows': 'hops and conversations',
    },
  },
  'src/picture': {
    why: 'pictures are drawn from what a run has taught; it knows no report and no screen',
    may: {
      'src/capture': 'directions of hops',
      dissectors: 'names of flags',
      'src/topology': 'names of addresses',
      'src/flows': 'frames, paths and tunnels',
      'src/facts': 'what became of packets, and who lives where',
      'src/rules': 'what a finding is about',
    },
  },
  'src/report': {
    why: 'a report is made from a run and nothing else',
    may: {
      'src/rules': 'the type of a finding (finding.ts only)',
      'src/picture': 'the type of pictures, and their painters',
    },
  },
  'src/export': {
    why: 'tables are filled from packets, conversations and findings; it opens no file',
    may: {
      'src/capture': 'times and interfaces',
      'src/dissect': 'layers of a packet',
      dissectors: 'reads headers through their layouts',
      'src/topology': 'addresses and nodes',
      'src/flows': 'conversations and journeys',
      'src/facts': 'what became of them',
      'src/rules': 'the type of a finding',
    },
  },
  'src/plugin': {
    why: 'plug-ins add rows to tables; what a row does is the business of its room',
    may: {
      'src/dissect': 'declares protocols',
      dissectors: 'the list that protocols are added to',
      'src/rules': 'the catalogue that rules are added to',
      'src/report': 'the table that formats are added to',
    },
  },
  'src/main': {
    why: 'the rooms are joined here; it knows no screen and no command line',
    may: {
      'src/capture': 'opens captures',
      'src/texts': 'tells texts from captures',
      'src/witnesses': 'reads texts of other tools',
      'src/dissect': 'makes the registry and walks frames',
      dissectors: 'hands the protocols to the registry',
      'src/filter': 'compiles display filters',
      'src/topology': 'reads topologies',
      'src/flows': 'feeds the tracker',
      'src/points': 'captures at points',
      'src/collect': 'makes a bundle of what points say; their packets as they come',
      'src/facts': 'gives facts to rules and expectations',
      'src/rules': 'runs the rules',
      'src/expect': 'runs the expectations',
      'src/dump': 'lines of packets while they arrive, and of conversations',
      'src/picture': 'draws the run',
      'src/report': 'gives the run that reports are made from',
      'src/export': 'fills tables',
      'src/plugin': 'texts that plug-ins read; threads load them, too',
    },
  },
  'src/tui': {
    why: 'the screen asks a run; it knows no command line',
    may: {
      'src/capture': 'frames that are shown',
      'src/dissect': 'the tree of one packet',
      dissectors: 'decode-as menus and names of flags',
      'src/filter': 'filters and their completion',
      'src/topology': 'names in tables',
      'src/flows': 'rows of conversations and journeys',
      'src/facts': 'remarks on packets and conversations',
      'src/rules': 'findings and the pages of rules',
      'src/witnesses': 'what other tools have printed is joined as in reports',
      'src/dump': 'columns and summaries are those of dump',
      'src/picture': 'draws what it shows as the reports do',
      'src/report': 'causes, counts and wrapping are those of reports',
      'src/main': 'makes the run',
      'src/plugin': 'columns of plug-ins; threads load them, too',
    },
  },
  'src/page': {
    why: 'the page asks a run as the screen of a terminal does; it knows no command line',
    may: {
      'src/capture': 'opens captures, unpacks them',
      'src/dissect': 'fields of a filter',
      'src/dump': 'headings of a tree',
      'src/filter': 'filters of the list',
      'src/rules': 'findings in the list',
      'src/report': 'shows and saves the report',
      'src/main': 'makes the run',
      'src/tui': 'the index of packets, and the cells of its rows',
    },
  },
  'src/library': {
    why: 'programs ask a run as the commands do; what it exports is promised, and nothing of the engine is part of that',
    may: {
      'src/capture': 'opens and writes captures',
      'src/dissect': 'fields of one frame',
      'src/dump': 'headings of a tree',
      'src/filter': 'filters of frames',
      'src/topology': 'reads and imports topologies',
      'src/flows': 'the record of a conversation',
      'src/facts': 'what was forgotten, and what is promised of the facts',
      'src/export': 'the words of hops',
      'src/rules': 'the types of findings and of the ledger',
      'src/report': 'the types of a report, and its formats',
      'src/plugin': 'what plug-ins are made with, and loads them',
      dissectors: 'how many protocols there are',
      'src/main': 'makes the run',
    },
  },
  'src/cli': {
    why: 'the command line is the outermost room',
    may: {
      'src/capture': 'info, and the list of interfaces',
      'src/texts': 'info says how a printed text was read',
      'src/witnesses': 'info says what other tools a text is of',
      'src/dissect': 'lists of fields and protocols',
      dissectors: 'lists of fields and protocols',
      'src/filter': 'lists of fields; filters of dump',
      'src/topology': 'topology import, check and ask',
      'src/flows': 'fields of hops in dump',
      'src/rules': 'the list of rules and their pages',
      'src/dump': 'dump prints packets',
      'src/report': 'writes reports',
      'src/export': 'the schema of tables',
      'src/points': 'points that arguments and files name',
      'src/main': 'runs',
      'src/collect': 'says what is being taken',
      'src/plugin': 'loads plug-ins and the config of a project',
      'src/tui': 'opens the screen',
    },
  },
};

/** Lines of a file that one can keep in mind. */
const LONG = 500;

const files = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.name.endsWith('.d.ts'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));

const roomOf = (file: string): string | null =>
  Object.keys(ROOMS).find((room) => file === room || file.startsWith(`${room}/`)) ?? null;

const sources = [...files('src'), ...files('dissectors')];
const arrows = sources.flatMap((file) => {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [...text.matchAll(/(?:from\s+|import\s*\(\s*|import\s+)'(\.[^']+)'/g)].map(([, target]) => ({
    file,
    target: relative(ROOT, resolve(ROOT, dirname(file), target)).replace(/\.jsx?$/, '.ts'),
  }));
});

/** What is looked at of a node of the syntax tree (ESTree). */
interface Syntax {
  readonly type: string;
  readonly tag: { readonly name?: string };
  readonly quasis: readonly { readonly value: { readonly cooked: string } }[];
  readonly operator: string;
  readonly left: { readonly value?: unknown };
}

describe('the rooms', () => {
  it('hold every source file', () => {
    expect(sources.filter((file) => roomOf(file) === null)).toEqual([]);
    expect(arrows.length).toBeGreaterThan(sources.length);
  });

  it('import only what they may', () => {
    const wrong = arrows.flatMap(({ file, target }) => {
      const [from, to] = [roomOf(file) ?? '', roomOf(target)];
      if (to === null || to === from || ROOMS[from]?.may[to] !== undefined) return [];
      if (GROUND.includes(to) && !GROUND.includes(from)) return [];
      return [`${file} imports ${target}, and ${from} may not import ${to}: ${ROOMS[from]?.why}`];
    });
    expect(wrong).toEqual([]);
  });

  it('lead nowhere in a circle', () => {
    const behind = (room: string, path: readonly string[]): string[] =>
      path.includes(room)
        ? [[...path, room].join(' > ')]
        : Object.keys(ROOMS[room]?.may ?? {}).flatMap((next) => behind(next, [...path, room]));
    expect(Object.keys(ROOMS).flatMap((room) => behind(room, []))).toEqual([]);
    for (const room of Object.values(ROOMS)) for (const target of Object.keys(room.may)) expect(ROOMS).toHaveProperty([target]);
  });

  it('report/ takes of the rules only the type of a finding', () => {
    const wrong = arrows.filter(
      ({ file, target }) =>
        file.startsWith('src/report/') && target.startsWith('src/rules/') && target !== 'src/rules/finding.ts',
    );
    expect(wrong).toEqual([]);
  });

  it('rules read facts, not the tracker', () => {
    const wrong = sources.filter(
      (file) => file.startsWith('src/rules/') && /\.tracker\b/.test(readFileSync(join(ROOT, file), 'utf8')),
    );
    expect(wrong, 'ask a fact of src/facts, or write one').toEqual([]);
  });

  it('only src/cli and src/tui touch the process', () => {
    const wrong = sources.filter(
      (file) =>
        !file.startsWith('src/cli/') &&
        !file.startsWith('src/tui/') &&
        // Programs that use it have their own PATH.
        file !== 'src/library/live.ts' &&
        /\bprocess\.(exit|argv|stdout|stderr|stdin|env|on)\b/.test(
          readFileSync(join(ROOT, file), 'utf8').replace(/\/\/.*|\/\*[\s\S]*?\*\//g, ''),
        ),
    );
    expect(wrong, 'arguments, streams and the exit code belong to src/cli').toEqual([]);
  });

  it('the rooms up to src/report know nothing of Node.js: they run in a browser, too', () => {
    const needsNode = [
      'src/host',
      'src/capture/live',
      'src/points',
      'src/collect',
      'src/plugin',
      'src/main',
      'src/library',
      'src/cli',
      'src/tui',
    ];
    const wrong = sources.filter(
      (file) =>
        !needsNode.some((room) => file.startsWith(`${room}/`)) &&
        /'node:|\b(?:Buffer|process)\.\w|\bsetImmediate\b/.test(
          readFileSync(join(ROOT, file), 'utf8').replace(/\/\/.*|\/\*[\s\S]*?\*\//g, ''),
        ),
    );
    expect(wrong, 'ask #host (src/host), which a browser has as well').toEqual([]);
  });

  it('nobody calls process.exit: piped output must drain', () => {
    const wrong = sources.filter((file) => /process\.exit\(/.test(readFileSync(join(ROOT, file), 'utf8')));
    expect(wrong).toEqual([]);
  });

  it('zod is imported without its sentences in forty languages', () => {
    const wrong = sources.filter((file) =>
      /^import \{[^}]*\bz\b[^}]*\} from 'zod'/m.test(readFileSync(join(ROOT, file), 'utf8')),
    );
    expect(wrong, "import * as z from 'zod': the object z holds all of them, 60 kB more of the page").toEqual([]);
  });

  it('no file is long without a reason', () => {
    const long = sources.filter((file) => {
      const text = readFileSync(join(ROOT, file), 'utf8');
      return file.startsWith('src/') && text.split('\n').length > LONG + 1 && !/^(\/\/.*\n)*\/\/ Long because /.test(text);
    });
    expect(long, `split it, or begin the file with "// Long because ..."`).toEqual([]);
  });

  it('commands that are printed are made by src/bytes/command.ts, from parts that it checks', () => {
    const makers = new Set(['command', 'words', 'shown']);
    const PROGRAM = /\b(?:ip|bridge|sysctl|ip6?tables|nft|conntrack|tracepath|ping|arping|ethtool) /;
    /** A value among the words of a command; brackets, quotes and commas end it. */
    const withValue =
      /\b(?:ip (?:-\w+ )*(?:route|rule|link|neigh|addr)|bridge (?:fdb|link|mdb)|sysctl|ip6?tables|nft|conntrack|tracepath|ping|arping|ethtool) [^`'"().,;]*\0/;
    const wrong: string[] = [];
    for (const file of sources.filter((name) => !name.startsWith('src/topology/import/') && name !== 'src/bytes/command.ts')) {
      const text = readFileSync(join(ROOT, file), 'utf8');
      if (/\bas Command\b/.test(text)) wrong.push(`${file} calls a text a command`);
      if (!PROGRAM.test(text)) continue;
      const look = (node: unknown): void => {
        if (typeof node !== 'object' || node === null) return;
        const { type, tag, quasis, operator, left } = node as Partial<Syntax>;
        if (type === 'TaggedTemplateExpression' && makers.has(tag?.name ?? '')) return;
        const said =
          type === 'TemplateLiteral'
            ? (quasis ?? []).map(({ value }) => value.cooked).join('\0')
            : operator === '+' && typeof left?.value === 'string'
              ? `${left.value}\0`
              : '';
        if (withValue.test(said)) wrong.push(`${file} puts a value into a command: ${said.replaceAll('\0', '...')}`);
        for (const child of Object.values(node)) look(child);
      };
      look(parseAst(transformSync(text, { loader: file.endsWith('x') ? 'tsx' : 'ts', target: 'esnext', jsx: 'automatic' }).code));
    }
    expect(wrong, 'use command`...` for a command, shown`...` for one in a sentence').toEqual([]);
  });

  it('nothing is evaluated: no eval, no code from strings', () => {
    const wrong = sources.filter((file) => /\beval\(|new Function\(/.test(readFileSync(join(ROOT, file), 'utf8')));
    expect(wrong).toEqual([]);
  });
});
