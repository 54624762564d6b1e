import TestSequencer from '@jest/test-sequencer';
import { join, relative } from 'node:path';
import { unitGroups } from './unit-suites.js';

/** Runs a group in one file where all its suites are to run, and suites each by itself where only some are. */
export default class GroupSequencer extends TestSequencer {
  sort(tests) {
    const chosen = new Set(tests.map(suiteOf));
    const groups = unitGroups.filter(({ suites }) => suites.every((suite) => chosen.has(suite)));
    const grouped = new Set(groups.flatMap(({ suites }) => suites));
    const single = tests.filter((test) => !grouped.has(suiteOf(test)));
    return [...groups.map((group) => scriptOf(group, tests[0].context)), ...super.sort(single)];
  }

  hasFailed(test) {
    const group = unitGroups.find(({ suites }) => suites.includes(suiteOf(test)));
    return super.hasFailed(test) || (group !== undefined && super.hasFailed(scriptOf(group, test.context)));
  }
}

const bundled = ({ config }) => join(config.rootDir, '.unit/unit');
const suiteOf = ({ context, path }) => relative(bundled(context), path).replace(/\.js$/, '');
const scriptOf = ({ name }, context) => ({ context, path: join(bundled(context), `${name}.group.js`) });
