export default {
  extensions: ['ts', 'tsx'],
  files: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
  nodeArguments: ['--import=tsx'],
  workerThreads: false,
  timeout: '2m',
};
