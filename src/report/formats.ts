// The table of report formats. A format's code is loaded when somebody asks for it.
import type { Run } from './run.js';

export interface ReportOptions {
  /** ANSI colours; only `text` has any. */
  color: boolean;
  /** Columns to fill; only `text` wraps. */
  width: number;
  /** Every finding with all of its evidence. */
  verbose: boolean;
  /** What is drawn of each root cause, in `text` and `markdown`: this one, or the other where there is nothing of it to draw. None when not given. */
  picture?: 'ladder' | 'map' | 'none';
}

export type Render = (run: Run, options: ReportOptions) => string | Promise<string>;

export const FORMATS: Readonly<Record<string, { readonly title: string; load(): Promise<Render> }>> = {
  text: { title: 'for people', load: async () => (await import('./text.js')).text },
  json: { title: 'the whole report, schema hopscope.report/2', load: async () => (await import('./json.js')).json },
  junit: { title: 'JUnit XML for CI: Jenkins, Azure and others', load: async () => (await import('./junit.js')).junit },
  'junit-gitlab': {
    title: 'JUnit XML with the file of each case, for GitLab',
    load: async () => (await import('./junit.js')).junitWithFiles,
  },
  codequality: { title: 'Code Quality report of GitLab', load: async () => (await import('./codequality.js')).codequality },
  sarif: { title: 'SARIF 2.1.0 for code scanning', load: async () => (await import('./sarif.js')).sarif },
  github: { title: 'GitHub annotations', load: async () => (await import('./github.js')).github },
  markdown: { title: 'Markdown for a comment or a page', load: async () => (await import('./markdown.js')).markdown },
  html: { title: 'one HTML file for a browser', load: async () => (await import('./html/report.js')).htmlReport },
  tap: { title: 'TAP version 14', load: async () => (await import('./tap.js')).tap },
};
