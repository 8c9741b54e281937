// The worker threads: name of the file in dist/ to its source.
export const WORKERS = {};
