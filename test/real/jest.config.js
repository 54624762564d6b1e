import { base } from '../../jest.config.js';
import { bundleSuites, suitesBelow } from '../support/bundle.js';

/** The suites that compare with real tools and kernels, and those that take long: `npm run test:real`. */
export default async () => {
  await bundleSuites('real', suitesBelow('test/real', 'test/long'));
  return { ...base, rootDir: '../..', roots: ['<rootDir>/.unit/real'], maxWorkers: 1 };
};
