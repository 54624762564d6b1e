import { smallest } from './measure.js';

// On the same core, 75 is three seconds.
export default {
  name: 'who of 300 pods reaches whom under these policies, compiling included, in the same',
  limit: 75,
  measure() {
    const { matrix, reference } = smallest('policy-verdicts.ts');
    return { ratio: matrix / reference, milliseconds: matrix };
  },
};
