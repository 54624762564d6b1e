import TestSequencer from '@jest/test-sequencer';
import { createHash } from 'node:crypto';
import { join, relative } from 'node:path';
import { writeGroup } from './bundle.js';
import { groupNames, groupOf, unitSuites } from './unit-suites.js';

/** Runs those suites of a group (unit-suites.js) that are to run in one file; one that is alone by itself. */
export default class GroupSequencer extends TestSequencer {
  sort(tests) {
    return groupNames.flatMap((group) => {
      const members = tests.filter((test) => groupOf(suiteOf(test)) === group);
      if (members.length < 2) return members;
      const suites = members.map(suiteOf).sort();
      return [{ context: members[0].context, path: writeGroup('unit', scriptName(group, suites), suites) }];
    });
  }

  /** What has been sorted before. */
  allFailedTests(tests) {
    return tests.filter((test) => this.hasFailed(test));
  }
}

const bundled = ({ config }) => join(config.rootDir, '.unit/unit');
const suiteOf = ({ context, path }) => relative(bundled(context), path).replace(/\.js$/, '');

/** A part of a group has a script of its own: two runs at a time may want other parts. */
function scriptName(group, suites) {
  const isWhole = unitSuites.filter((suite) => groupOf(suite) === group).length === suites.length;
  return isWhole ? group : `${group}-${createHash('sha1').update(suites.join()).digest('hex').slice(0, 8)}`;
}
