import base from './jest.config.js';

/** The same contracts and the scenario on real PostgreSQL, Redis, Alertmanager and Kubernetes. */
export default {
  ...base,
  testMatch: ['<rootDir>/test/real/**/*.test.ts'],
  testPathIgnorePatterns: [],
  globalSetup: '<rootDir>/test/real/jest-setup.js',
  globalTeardown: '<rootDir>/test/real/jest-teardown.js',
  testEnvironment: '<rootDir>/test/real/jest-lane-environment.js',
  // Two lanes with a cluster each, or the one that is named: suites cordon nodes and end API servers.
  maxWorkers: process.env.KUBECONFIG ? 1 : 2,
  testTimeout: 180_000,
};
