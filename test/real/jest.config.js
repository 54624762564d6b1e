import { base } from '../../jest.config.js';
import { bundleSuites } from '../support/bundle.js';

/** The suites that compare with real tools and kernels, and those that take long: `npm run test:real`. */
export default async () => {
  await bundleSuites(['test/real', 'test/long']);
  return { ...base, rootDir: '../..', testMatch: ['<rootDir>/.unit/test/{real,long}/**/*.test.ts.js'], maxWorkers: 1 };
};
