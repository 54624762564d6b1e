import { smallest } from './measure.js';

const wanted = 50_000;

/** Each part of the flows is the same work in every run, and counts as it went undisturbed; the first, in which all is learnt, as much as the others. */
export default {
  name: 'time of a traced flow through the rules of 10,000 Services, in 50,000ths of a second of the processor',
  limit: 1,
  measure() {
    const { told: _told, ...parts } = smallest('trace-flows.ts');
    const each = Object.values(parts);
    const nanoseconds = each.reduce((sum, one) => sum + one, 0) / each.length;
    return { ratio: (wanted * nanoseconds) / 1e9, milliseconds: nanoseconds / 1e6 };
  },
};
