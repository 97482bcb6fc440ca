export default {
  extensions: { ts: 'module', tsx: 'module' },
  files: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
  nodeArguments: ['--import=tsx'],
  workerThreads: false,
  timeout: '2m',
};
