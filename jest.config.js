import { bundleSuites } from './test/support/bundle.js';

/** What both kinds of suites have: native ES modules, bundled beforehand (test/support/bundle.js). */
export const base = {
  testEnvironment: 'node',
  transform: {},
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
};

/** The suites that need nothing but this checkout: `npm run unit`. A suite is named by its path, as in `npm run unit -- test/ui`. */
export default async () => {
  await bundleSuites(['test'], ['test/real', 'test/long']);
  return {
    ...base,
    testMatch: ['<rootDir>/.unit/test/**/*.test.ts.js'],
    testPathIgnorePatterns: ['<rootDir>/.unit/test/(real|long)/'],
    maxWorkers: '100%',
  };
};
