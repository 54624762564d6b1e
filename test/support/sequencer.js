import TestSequencer from '@jest/test-sequencer';
import { createHash } from 'node:crypto';
import { join, relative } from 'node:path';
import { writeGroup } from './bundle.js';
import { unitSuites } from './unit-suites.js';

/** Runs all suites in one file; one that is alone by itself. */
export default class GroupSequencer extends TestSequencer {
  sort(tests) {
    if (tests.length < 2) return tests;
    const wanted = new Set(tests.map(suiteOf));
    const suites = unitSuites.filter((suite) => wanted.has(suite));
    return [{ context: tests[0].context, path: writeGroup('unit', scriptName(suites), suites) }];
  }

  /** What has been sorted before. */
  allFailedTests(tests) {
    return tests.filter((test) => this.hasFailed(test));
  }
}

const bundled = ({ config }) => join(config.rootDir, '.unit/unit');
const suiteOf = ({ context, path }) => relative(bundled(context), path).replace(/\.js$/, '');

/** A part of the suites has a script of its own: two runs at a time may want other parts. */
const scriptName = (suites) =>
  suites.length === unitSuites.length ? 'all' : createHash('sha1').update(suites.join()).digest('hex').slice(0, 8);
