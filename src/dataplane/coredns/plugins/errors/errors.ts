/** Logs what goes wrong while a question is answered. (coredns: plugin/errors) */
import { parseDuration, millisecond } from '../../go/duration.ts';
import { compileRegexp, type GoRegexp } from '../../go/regexp.ts';
import { atLeast } from '../../release.ts';
import { logTo, nameOf, nowOf, once, type CorednsPlugin, type Setup } from '../../plugin.ts';

interface Consolidation {
  /** Nanoseconds. */
  readonly period: number;
  readonly written: string;
  readonly pattern: GoRegexp;
  readonly level: string;
  count: number;
  until: number;
}

const levels = ['warning', 'error', 'info', 'debug'];

export const errors: CorednsPlugin = {
  name: 'errors',
  setup(setup) {
    const consolidations: Consolidation[] = [];
    for (let i = 0; setup.next(); i++) {
      if (i > 0) throw once();
      const args = setup.remainingArgs();
      if (args.length === 1 && args[0] !== 'stdout') throw setup.error(`invalid log file: ${args[0]}`);
      if (args.length > 1) throw setup.argumentError();
      while (setup.nextBlock()) parseOption(setup, consolidations);
    }
    setup.add({
      name: 'errors',
      serve(request, next) {
        const name = nameOf(request);
        const result = next(request);
        if (result.error === undefined) return result;
        const consolidation = consolidations.find(({ pattern }) => pattern.find(result.error!) !== undefined);
        if (consolidation === undefined) {
          const code = result.reply === undefined ? (rcodeNumbers[result.rcode] ?? 2) : 0;
          logTo(request, `[ERROR] plugin/errors: ${code} ${name} ${request.query.question.type}: ${result.error}`);
        } else consolidate(consolidation, nowOf(request), (text) => logTo(request, text));
        return result;
      },
    });
  },
};

const rcodeNumbers: { readonly [rcode: string]: number } = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 };

function parseOption(setup: Setup, consolidations: Consolidation[]): void {
  const option = setup.word();
  if (option === 'stacktrace') return;
  if (option !== 'consolidate') {
    throw atLeast(setup.environment.version, '1.14.0')
      ? setup.error(`unknown option in consolidate: ${option}`)
      : setup.syntaxError('consolidate or stacktrace');
  }
  const [period = '', pattern = '', level = 'error', ...more] = setup.remainingArgs();
  if (pattern === '' || more.length > 0) throw setup.argumentError();
  const duration = parseDuration(period);
  if (!duration.ok) throw setup.error(duration.error);
  const compiled = compileRegexp(pattern);
  if (!compiled.ok) throw setup.error(compiled.error);
  if (!levels.includes(level)) throw setup.error(`unknown log level argument in consolidate: ${level}`);
  consolidations.push({ period: duration.value, written: period, pattern: compiled.value, level, count: 0, until: 0 });
}

/** Counts errors of a kind; the sum is told when the next one comes after the period. */
function consolidate(one: Consolidation, now: number, log: (text: string) => void): void {
  if (one.count > 0 && now >= one.until) {
    log(`[${one.level.toUpperCase()}] plugin/errors: ${one.count} errors like '${one.pattern.source}' occurred in last ${one.written}`);
    one.count = 0;
  }
  if (one.count === 0) one.until = now + one.period / millisecond;
  one.count++;
}
