// The views and their numbers. A view is made when it is first shown, and stays until other captures are loaded.
import type { Trail } from './findings/trail.js';
import { FindingsView } from './findings/view.js';
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
  { name: 'findings', digit: '6', title: 'Findings', create: (ui, trail) => new FindingsView(ui, trail) },
];
