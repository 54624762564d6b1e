import { suitesBelow } from './bundle.js';

/** Waits for processes that work as soon as it is loaded, while the others run. */
const last = 'test/scenarios.test.ts';

/** The suites that need nothing but this checkout, in the order in which they run. */
export const unitSuites = [...suitesBelow('test').filter((path) => !/^test\/(real|long)\//.test(path) && path !== last), last];
