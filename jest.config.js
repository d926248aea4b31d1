/** Fast suites: npm packages alone, embedded stores, stand-ins on loopback. */
export default {
  testEnvironment: '<rootDir>/test/jest-leak-environment.js',
  transform: {},
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['<rootDir>/test/real/'],
  maxWorkers: 2,
  testTimeout: 60_000,
};
