// The table of commands. A command's module is loaded when it is asked for; `register` adds it to the program.
import type { Command } from 'commander';

export interface CommandModule {
  register(program: Command): void;
}

export const COMMANDS: Readonly<Record<string, { readonly summary: string; load(): Promise<CommandModule> }>> = {
  annotate: {
    summary: 'write captures for Wireshark: comments on what is wrong, interfaces and hosts by name',
    load: () => import('./annotate.js'),
  },
  capture: {
    summary: 'capture at several points of a lab at once, run a command, say what is wrong',
    load: () => import('./capture.js'),
  },
  completion: { summary: 'print the completions for bash, zsh or fish', load: () => import('./completion.js') },
  diagnose: { summary: 'say what is wrong in captures, root cause first (the default)', load: () => import('./diagnose.js') },
  diff: { summary: 'list how a capture differs from a known-good one', load: () => import('./diff.js') },
  dump: { summary: 'print packets: one line each, details, bytes or chosen fields', load: () => import('./dump.js') },
  export: { summary: 'write packets, conversations, journeys and findings as Parquet tables', load: () => import('./export.js') },
  fields: { summary: 'list the fields for filters and columns', load: () => import('./fields.js') },
  flows: { summary: 'list conversations: path, state, both directions, tunnels', load: () => import('./flows.js') },
  follow: { summary: 'print the data of a TCP or UDP conversation, in order', load: () => import('./follow.js') },
  info: { summary: 'print properties of captures: format, interfaces, times, drops', load: () => import('./info.js') },
  live: { summary: 'run the rules while packets arrive: interfaces, a pipe, a growing file', load: () => import('./live.js') },
  man: { summary: 'print the manual page, for man', load: () => import('./man.js') },
  'merge-reports': {
    summary: 'make one report of those that verify has written on several machines',
    load: () => import('./merge-reports.js'),
  },
  protocols: { summary: 'list the protocols and what leads to them', load: () => import('./protocols.js') },
  record: { summary: 'draft an expectation file from a known-good capture', load: () => import('./record.js') },
  new: { summary: 'write a plug-in to begin with: a rule, a dissector, or a package of both', load: () => import('./new.js') },
  page: { summary: 'write a page that analyses captures in a browser', load: () => import('./page.js') },
  rules: { summary: 'list the rules, or print the page of one', load: () => import('./rules.js') },
  sql: { summary: 'ask in SQL about packets, conversations, journeys and findings', load: () => import('./sql.js') },
  topology: {
    summary: 'say what is wrong in a lab before a packet is sent; make, compare and ask topologies',
    load: () => import('./topology.js'),
  },
  tui: { summary: 'show captures in a terminal UI: packets, journeys, findings', load: () => import('./tui.js') },
  verify: { summary: 'check captures against written expectations', load: () => import('./verify.js') },
};
