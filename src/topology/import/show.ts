// A topology written as YAML.

import { Document, isCollection, isMap, isScalar, isSeq, visit, type Node as YamlNode } from 'yaml';
import { safeJson, safeText } from '../../bytes/text.js';
import { isMoreThanText } from '../../bytes/yaml.js';
import { takesTooMuch } from '../document.js';
import type { TopologyFile } from '../schema.js';

/** YAML for people: one line for each interface, pod and address. JSON, which is YAML too, where there are too many. */
export function showTopology(topology: TopologyFile): string {
  const document = new Document(topology, { aliasDuplicateObjects: false });
  visit(document, {
    Collection(_, node) {
      const leaf = (item: unknown) => isScalar(item) || (isSeq(item) && item.items.every(isScalar));
      const values: readonly unknown[] = isMap(node) ? node.items.map((pair) => pair.value) : node.items;
      const list = isSeq(node) && node.items.some((item) => isScalar(item) && String(item.value).includes(' '));
      node.flow = !list && values.every(leaf);
    },
    Pair(_, pair) {
      // An interface is a line, its tunnel's members in it.
      if (isScalar(pair.key) && pair.key.value === 'interfaces' && isMap(pair.value))
        for (const { value } of pair.value.items) if (isMap(value)) value.flow = true;
    },
  });
  // Names of identities read better below each other.
  const identities = document.get('identities') as YamlNode | undefined;
  if (isCollection(identities)) identities.flow = false;
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === 'string' && (isMoreThanText(node.value) || safeText(node.value) !== node.value))
        node.type = 'QUOTE_DOUBLE';
    },
    Pair(_, pair) {
      if (isScalar(pair.key) && pair.key.value === 'sysctls' && isMap(pair.value)) pair.value.flow = false;
      if (isScalar(pair.key) && pair.key.value === 'interfaces' && isMap(pair.value))
        for (const { value } of pair.value.items) if (isMap(value)) value.flow = true;
    },
  });
  // In double quotes YAML has JSON's escapes: what a terminal acts on is written as one.
  const yaml = document.toString({ lineWidth: 130, flowCollectionPadding: true });
  return safeJson(takesTooMuch(yaml) ? `${JSON.stringify(topology, null, 1)}\n` : yaml);
}
