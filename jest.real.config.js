import base from './jest.config.js';

/** The same contracts and the scenario on real PostgreSQL, Redis, Alertmanager and Kubernetes. */
export default {
  ...base,
  testMatch: ['<rootDir>/test/real/**/*.test.ts'],
  testPathIgnorePatterns: [],
  globalSetup: '<rootDir>/test/real/jest-setup.js',
  globalTeardown: '<rootDir>/test/real/jest-teardown.js',
  maxWorkers: 1,
  testTimeout: 180_000,
};
