// Programs that are started as a thread or a process of their own: name of the file in dist/ to its source.
export const WORKERS = {
  'cap-process': 'src/cli/cap-process.ts',
  export: 'src/cli/export-thread.ts',
  reader: 'src/main/reader.ts',
  'tui-checks': 'src/cli/tui-checks.ts',
  'tui-loader': 'src/cli/tui-loader.ts',
  'tui-query': 'src/cli/tui-query.ts',
  verify: 'src/cli/verify-thread.ts',
};
