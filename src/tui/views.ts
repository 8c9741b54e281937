// The views: what they are called, what brings them to the front, and how they are made. A view is made when it is first shown, and
// stays until other captures are loaded.
import { ChecksView } from './checks/view.js';
import { DiffView } from './diff/view.js';
import { FindingsView } from './findings/view.js';
import { shownKeys } from './key-names.js';
import { type Action, KEYS } from './keys.js';
import { LadderView } from './ladder/view.js';
import { PacketsView } from './packets/packets-view.js';
import { SequenceView } from './sequence/view.js';
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
  readonly title: string;
  /** Its title where there is little room. */
  readonly short?: string;
  /** Actions that bring it to the front from any other view, and are then its own. */
  readonly actions?: readonly Action[];
  create(ui: Ui): View;
}

/** The first one is in front at the start. */
export const VIEWS: readonly ViewEntry[] = [
  {
    name: 'packets',
    digit: '1',
    title: 'Packets',
    actions: ['filter', 'search', 'recent-filters', 'marks'],
    create: (ui) => new PacketsView(ui),
  },
  { name: 'flows', digit: '2', title: 'Flows', create: (ui) => new FlowsView(ui) },
  { name: 'journeys', digit: '3', title: 'Journeys', create: (ui) => new JourneysView(ui) },
  { name: 'neighbours', digit: '4', title: 'Neighbours', short: 'ARP', create: (ui) => new NeighboursView(ui) },
  { name: 'tunnels', digit: '5', title: 'Tunnels', create: (ui) => new TunnelsView(ui) },
  { name: 'findings', digit: '6', title: 'Findings', create: (ui) => new FindingsView(ui) },
  {
    name: 'conversations',
    digit: '7',
    title: 'Conversations',
    short: 'Convs',
    actions: ['conversations'],
    create: (ui) => new ConversationsView(ui),
  },
  { name: 'protocols', digit: '8', title: 'Protocols', short: 'Protos', create: (ui) => new HierarchyView(ui) },
  { name: 'traffic', digit: '9', title: 'Traffic', create: (ui) => new TrafficView(ui) },
  {
    name: 'checks',
    digit: '',
    title: 'Checks',
    actions: ['checks'],
    create: (ui) => new ChecksView(ui),
  },
  {
    name: 'properties',
    digit: '',
    title: 'Capture properties',
    short: 'Capture',
    actions: ['capture-properties'],
    create: (ui) => new PropertiesView(ui),
  },
  { name: 'diff', digit: '', title: 'Diff', create: (ui) => new DiffView(ui) },
  { name: 'ladder', digit: '', title: 'Ladder', actions: ['ladder'], create: (ui) => new LadderView(ui) },
  { name: 'sequence', digit: '', title: 'Sequence', actions: ['sequence'], create: (ui) => new SequenceView(ui) },
  { name: 'stream', digit: '', title: 'Follow stream', short: 'Stream', actions: ['stream'], create: (ui) => new StreamView(ui) },
];

/** The key that shows a view: its number, else that of its action. */
export function keyOf({ digit, actions }: ViewEntry): string {
  const binding = digit === '' ? KEYS.find(({ action }) => actions?.includes(action)) : undefined;
  return binding === undefined ? digit : shownKeys(binding.keys[0]);
}
