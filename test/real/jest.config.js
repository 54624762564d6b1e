import { base } from '../../jest.config.js';
import { bundleSuites } from '../support/bundle.js';

/** The suites that compare with real tools and kernels: `npm run test:real`. */
export default async () => {
  await bundleSuites(['test/real']);
  return { ...base, rootDir: '../..', testMatch: ['<rootDir>/.unit/test/real/**/*.test.ts.js'], maxWorkers: 1 };
};
