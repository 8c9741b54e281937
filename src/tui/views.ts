// The views and their numbers. A view is made when it is first shown, and stays until other captures are loaded.
import type { Trail } from './findings/trail.js';
import { FindingsView } from './findings/view.js';
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
  /** Its key: `1` to `9`; '' where it is reached from elsewhere. */
  readonly digit: string;
  readonly title: string;
  create(ui: Ui, trail: Trail): View;
}

/** The packets are the application's own first view. */
export const VIEWS: readonly ViewEntry[] = [
  { name: 'flows', digit: '2', title: 'Flows', create: (ui) => new FlowsView(ui) },
  { name: 'journeys', digit: '3', title: 'Journeys', create: (ui) => new JourneysView(ui) },
  { name: 'neighbours', digit: '4', title: 'Neighbours', create: (ui) => new NeighboursView(ui) },
  { name: 'tunnels', digit: '5', title: 'Tunnels', create: (ui) => new TunnelsView(ui) },
  { name: 'findings', digit: '6', title: 'Findings', create: (ui, trail) => new FindingsView(ui, trail) },
  { name: 'conversations', digit: '7', title: 'Conversations', create: (ui) => new ConversationsView(ui) },
  { name: 'protocols', digit: '8', title: 'Protocols', create: (ui) => new HierarchyView(ui) },
  { name: 'traffic', digit: '9', title: 'Traffic', create: (ui) => new TrafficView(ui) },
  { name: 'properties', digit: '', title: 'Capture properties', create: (ui) => new PropertiesView(ui) },
  { name: 'stream', digit: '', title: 'Follow stream', create: (ui) => new StreamView(ui) },
];
