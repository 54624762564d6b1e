import base from '../../jest.config.js';

/** The suites that compare with real tools and kernels: `npm run test:real`. */
export default {
  ...base,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/real/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: 1,
};
