import type { Host, JournalLine } from '#node/host.ts';
import { formatDate } from '../date/date.ts';

/** Journal lines in the short form: `Nov 23 10:00:00 node01 kubelet[812]: …`. */
export function journalText(host: Host, lines: readonly JournalLine[]): string {
  return lines
    .map((line) => `${formatDate('%b %d %H:%M:%S', line.at)} ${host.name} ${line.identifier}[${line.pid}]: ${line.message}\n`)
    .join('');
}
