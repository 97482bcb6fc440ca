export default {
  extensions: ['ts', 'tsx'],
  files: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
  nodeArguments: ['--import=./scripts/tsx-files.mjs'],
  workerThreads: false,
  timeout: '2m',
};
