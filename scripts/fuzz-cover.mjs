// Block coverage for the fuzzer: an esbuild plugin that puts a counter into every block of the project's own sources. A block
// that was never reached before calls `$new` once; afterwards it costs one load.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { transform } from 'esbuild';
import { parseAst } from 'vite';

const BODIES = {
  IfStatement: ['consequent', 'alternate'],
  ForStatement: ['body'],
  ForInStatement: ['body'],
  ForOfStatement: ['body'],
};
Object.assign(BODIES, {
  WhileStatement: ['body'],
  DoWhileStatement: ['body'],
  ConditionalExpression: ['consequent', 'alternate'],
});
Object.assign(BODIES, { LogicalExpression: ['right'] });

/** Every node of the tree, its parents first. */
function visit(node, see) {
  if (Array.isArray(node)) for (const child of node) visit(child, see);
  else if (typeof node?.type === 'string') {
    see(node);
    for (const key in node) if (typeof node[key] === 'object') visit(node[key], see);
  }
}

/** `code` with a counter in every block; `block(offset)` gives each its number. */
export function instrument(code, block) {
  const inserts = [];
  const put = (at, text, order) => inserts.push({ at, text, order });
  const count = (at) => `$hit[${block(at)}]||$new(${block.last}),`;
  const statement = (at) => `${count(at).slice(0, -1)};`;
  const mark = (node) => {
    if (node === null || node === undefined) return;
    if (node.type === 'BlockStatement') put(node.start + 1, statement(node.start), 0);
    else if (/(Statement|Declaration)$/.test(node.type)) {
      put(node.start, `{${statement(node.start)}`, 0);
      put(node.end, '}', 1);
    } else {
      put(node.start, `(${count(node.start)}`, 0);
      put(node.end, ')', 1);
    }
  };
  visit(parseAst(code), (node) => {
    for (const key of BODIES[node.type] ?? []) mark(node[key]);
    if (node.type === 'SwitchCase' && node.consequent.length > 0) put(node.consequent[0].start, statement(node.start), 0);
    if (node.type === 'FunctionExpression' || node.type === 'FunctionDeclaration' || node.type === 'ArrowFunctionExpression')
      mark(node.body);
  });
  // At one place: what closes comes first; of several openings the outer one, which was seen first, comes first.
  inserts.forEach((insert, i) => {
    insert.seen = i;
  });
  inserts.sort((a, b) => a.at - b.at || b.order - a.order || (a.order === 1 ? b.seen - a.seen : a.seen - b.seen));
  let out = '';
  let from = 0;
  for (const { at, text } of inserts) {
    out += code.slice(from, at) + text;
    from = at;
  }
  return out + code.slice(from);
}

/** Counts the blocks of src/ and dissectors/. `rooms` fills while the bundle is made: how many blocks each room has, in order. */
export function coverage(root) {
  const blocks = [];
  const block = (file) => {
    const next = () => {
      next.last = blocks.push(file) - 1;
      return next.last;
    };
    return next;
  };
  return {
    blocks,
    plugin: {
      name: 'coverage',
      setup(build) {
        build.onLoad({ filter: /\/(src|dissectors)\/.*\.ts$/ }, async ({ path }) => {
          const { code } = await transform(readFileSync(path, 'utf8'), { loader: 'ts', target: 'es2022' });
          return { contents: instrument(code, block(relative(root, path))), loader: 'js' };
        });
      },
    },
  };
}
