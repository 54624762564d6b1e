import { bundleSuites } from './test/support/bundle.js';
import { unitSuites } from './test/support/unit-suites.js';

/** What both kinds of suites have: they are scripts, bundled beforehand (test/support/bundle.js). */
export const base = { testEnvironment: 'node', transform: {}, testMatch: ['**/*.test.ts.js'] };

/** The suites that need nothing but this checkout: `npm run unit`. A suite is named by its path, as in `npm run unit -- test/ui`. */
export default async () => {
  await bundleSuites('unit', unitSuites);
  return {
    ...base,
    roots: ['<rootDir>/.unit/unit'],
    testSequencer: '<rootDir>/test/support/sequencer.js',
    reporters: ['default', '<rootDir>/test/support/group-reporter.js'],
    verbose: false,
  };
};
