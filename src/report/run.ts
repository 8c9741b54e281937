// A run as the report formats are given it.
import type { Pictures } from '../picture/model.js';
import type { Details } from './details.js';
import type { Report } from './record.js';

export * from './record.js';

export interface Run extends Report {
  /** What can be drawn of it; gone once a report was written and read. */
  readonly pictures?: Pictures;
  /** What reports for people show beside it. */
  readonly details?: Details;
}
