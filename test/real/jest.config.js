import { fileURLToPath } from 'node:url';
import { base } from '../../jest.config.js';
import { bundleSuites, suitesBelow } from '../support/bundle.js';

/** The suites that take long, two at a time, and after them those that compare with real tools and kernels: `npm run test:real`. */
export default async () => {
  await bundleSuites('real', suitesBelow('test/real', 'test/long'));
  const project = { ...base, rootDir: fileURLToPath(new URL('../..', import.meta.url)) };
  return {
    maxWorkers: 2,
    projects: [
      { ...project, roots: ['<rootDir>/.unit/real/test/long'] },
      { ...project, roots: ['<rootDir>/.unit/real/test/real'], runner: '<rootDir>/test/support/serial-runner.js' },
    ],
  };
};
