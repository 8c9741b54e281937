// The views and their numbers. A view is made when it is first shown, and stays until other captures are loaded.

import type { Trail } from './findings/trail.js';
import { FindingsView } from './findings/view.js';
import { type Action, KEYS, shownKeys } from './keys.js';
import { StreamView } from './stream/view.js';
import {
  ConversationsView,
  FlowsView,
  HierarchyView,
  JourneysView,
  NeighboursView,
  PropertiesView,
  TunnelsView,
} from './tables/views.js';
import { TrafficView } from './traffic/view.js';
import type { Ui, View } from './view.js';

export interface ViewEntry {
  readonly name: string;
  /** Its number: `1` to `9`; '' without one. */
  readonly digit: string;
  /** Its key. */
  readonly key: string;
  readonly title: string;
  create(ui: Ui, trail: Trail): View;
}

const keyOf = (action: Action): string => shownKeys(KEYS.find((binding) => binding.action === action)!.keys[0]!);

/** The packets are the application's own first view. */
export const VIEWS: readonly ViewEntry[] = [
  { name: 'flows', digit: '2', key: '2', title: 'Flows', create: (ui) => new FlowsView(ui) },
  { name: 'journeys', digit: '3', key: '3', title: 'Journeys', create: (ui) => new JourneysView(ui) },
  { name: 'neighbours', digit: '4', key: '4', title: 'Neighbours', create: (ui) => new NeighboursView(ui) },
  { name: 'tunnels', digit: '5', key: '5', title: 'Tunnels', create: (ui) => new TunnelsView(ui) },
  { name: 'findings', digit: '6', key: '6', title: 'Findings', create: (ui, trail) => new FindingsView(ui, trail) },
  { name: 'conversations', digit: '7', key: '7', title: 'Conversations', create: (ui) => new ConversationsView(ui) },
  { name: 'protocols', digit: '8', key: '8', title: 'Protocols', create: (ui) => new HierarchyView(ui) },
  { name: 'traffic', digit: '9', key: '9', title: 'Traffic', create: (ui) => new TrafficView(ui) },
  {
    name: 'properties',
    digit: '',
    key: keyOf('capture-properties'),
    title: 'Capture properties',
    create: (ui) => new PropertiesView(ui),
  },
  { name: 'stream', digit: '', key: keyOf('stream'), title: 'Follow stream', create: (ui) => new StreamView(ui) },
];
