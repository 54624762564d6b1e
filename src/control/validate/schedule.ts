/** The times of CronJobs. (github.com/robfig/cron/v3, parser.go) */

interface Bounds {
  readonly low: number;
  readonly high: number;
  readonly names: readonly string[];
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const fields: readonly Bounds[] = [
  { low: 0, high: 59, names: [] },
  { low: 0, high: 23, names: [] },
  { low: 1, high: 31, names: [] },
  { low: 1, high: 12, names: months },
  { low: 0, high: 6, names: days },
];
const descriptors = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];

/** What is wrong with a schedule of five fields; undefined when nothing is. */
export function scheduleProblem(text: string): string | undefined {
  if (text === '') return 'empty spec string';
  const spec = text.replace(/^(?:CRON_)?TZ=\S* */, '').trim();
  if (spec.startsWith('@')) return descriptorProblem(spec);
  const parts = spec.split(/\s+/).filter((part) => part !== '');
  if (parts.length !== fields.length) return `expected exactly 5 fields, found ${parts.length}: [${parts.join(' ')}]`;
  for (const [i, part] of parts.entries()) {
    for (const range of part.split(',').filter((one) => one !== '')) {
      const problem = rangeProblem(range, fields[i]!);
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
}

function descriptorProblem(text: string): string | undefined {
  if (descriptors.includes(text)) return undefined;
  if (text.startsWith('@every ')) {
    return /^[-+]?(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+$/.test(text.slice(7)) ? undefined : `failed to parse duration ${text}`;
  }
  return `unrecognized descriptor: ${text}`;
}

/** `*`, `5`, `1-5`, each with `/step`. */
function rangeProblem(text: string, bounds: Bounds): string | undefined {
  const [range = '', step, ...moreSteps] = text.split('/');
  const [first = '', last, ...moreEnds] = range.split('-');
  let [start, end] = [bounds.low, bounds.high];
  if (first !== '*' && first !== '?') {
    const from = numberOf(first, bounds);
    if (typeof from === 'string') return from;
    start = from;
    end = from;
    if (last !== undefined && moreEnds.length === 0) {
      const to = numberOf(last, bounds);
      if (typeof to === 'string') return to;
      end = to;
    } else if (moreEnds.length > 0) return `too many hyphens: ${text}`;
  }
  if (moreSteps.length > 0) return `too many slashes: ${text}`;
  if (step !== undefined) {
    const size = numberOf(step, { low: 0, high: 0, names: [] });
    if (typeof size === 'string') return size;
    if (last === undefined) end = bounds.high;
    if (size === 0) return `step of range should be a positive number: ${text}`;
  }
  if (start < bounds.low) return `beginning of range (${start}) below minimum (${bounds.low}): ${text}`;
  if (end > bounds.high) return `end of range (${end}) above maximum (${bounds.high}): ${text}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${text}`;
  return undefined;
}

function numberOf(text: string, { low, names }: Bounds): number | string {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return low + named;
  if (/^[+-]?\d+$/.test(text)) return Number(text) < 0 ? `negative number (${Number(text)}) not allowed: ${text}` : Number(text);
  return `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
}
