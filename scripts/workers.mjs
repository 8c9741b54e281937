// The worker threads, and programs started as a process of their own: name of the file in dist/ to its source.
export const WORKERS = {
  capture: 'src/cli/capture.ts',
  reader: 'src/main/reader.ts',
  'tui-loader': 'src/tui/session/loader-thread.ts',
  'tui-query': 'src/tui/session/query-thread.ts',
};
