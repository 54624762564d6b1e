/** Server blocks for some clients or questions only. (coredns: plugin/view) */
import { CorefileError } from '../../corefile/dispenser.ts';
import { once, type CorednsPlugin, type Request } from '../../plugin.ts';
import { compileExpression } from './expression.ts';

export const view: CorednsPlugin = {
  name: 'view',
  setup(setup) {
    let name = '';
    const conditions: ((request: Request) => unknown)[] = [];
    for (let i = 0; setup.next(); i++) {
      if (i > 0) throw once();
      const args = setup.remainingArgs();
      if (args.length !== 1) throw setup.argumentError();
      name = args[0]!;
      while (setup.nextBlock()) {
        if (setup.word() !== 'expr') throw setup.error(`unknown property '${setup.word()}'`);
        const compiled = compileExpression(setup.remainingArgs().join(' '));
        if (!compiled.ok) throw new CorefileError(compiled.error);
        conditions.push(compiled.value);
      }
    }
    if (setup.block.view) throw new CorefileError('multiple views defined in server block');
    setup.block.view = { name, matches: (request) => conditions.every((condition) => Boolean(condition(request))) };
  },
};
