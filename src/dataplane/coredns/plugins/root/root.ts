/** Where relative file names begin. (coredns: plugin/root) */
import type { CorednsPlugin } from '../../plugin.ts';

export const root: CorednsPlugin = {
  name: 'root',
  setup(setup) {
    while (setup.next()) {
      if (!setup.nextArg()) throw setup.argumentError();
      setup.block.root = setup.word();
    }
    const { root: path } = setup.block;
    if (!setup.environment.files.isDirectory(path)) setup.log(`[WARNING] plugin/root: Root path does not exist: ${path}`);
  },
};
