import { suitesBelow } from './bundle.js';

/** The suites that need nothing but this checkout. */
export const unitSuites = suitesBelow('test').filter((path) => !/^test\/(real|long)\//.test(path));

/**
 * What runs together in one file, by the beginnings of paths: the first that fits. In this order they start: what takes longest comes
 * first, that all processors end at about the same time.
 */
const beginnings = {
  library: ['test/scenarios.', 'test/coverage.', 'test/cli/shelf.'],
  cli: ['test/cli/'],
  'control-plane': ['test/apiserver/', 'test/control/', 'test/kube/', 'test/lab/', 'test/node/', 'test/workloads/'],
  shell: ['test/shell/'],
  lessons: ['test/learn/', 'test/scenario/', 'test/ui/'],
  network: ['test/dataplane/', 'test/net/'],
  whole: ['test/'],
};

/** The groups, in the order in which they start. */
export const groupNames = Object.keys(beginnings);

/** The group of a suite. */
export const groupOf = (suite) => groupNames.find((name) => beginnings[name].some((beginning) => suite.startsWith(beginning)));
