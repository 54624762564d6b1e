/** klog's text format. (k8s.io/klog/v2, internal/buffer and internal/serialize) */
import { quote } from '#kube/json.ts';

export type Severity = 'I' | 'W' | 'E' | 'F';

export interface LogEntry {
  readonly severity: Severity;
  /** `server.go:228` */
  readonly source: string;
  /** A structured entry's message is quoted, and its values follow; a plain one stands as it is. */
  readonly message: string;
  /** Absent: a plain message. Texts are quoted, everything else stands as its text is. */
  readonly values?: readonly (readonly [key: string, value: string | KlogText])[];
}

/** A value that is printed as it is: numbers, `["10.0.0.1"]`, `null`. */
export interface KlogText {
  readonly text: string;
}

/** A text, quoted; of several lines it is set off in a block of its own. */
function valueText(value: string | KlogText): string {
  if (typeof value !== 'string') return value.text;
  if (!value.includes('\n')) return quote(value);
  return `<\n${value
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => `\t${line}`)
    .join('\n')}\n >`;
}

/** `I1123 03:06:29.480498    5772 shared_informer.go:402] "Waiting for caches to sync"`; microseconds since the epoch. */
export function klogLine({ severity, source, message, values }: LogEntry, microseconds: number, pid: number): string {
  const iso = new Date(Math.floor(microseconds / 1000)).toISOString();
  const date = `${iso.slice(5, 7)}${iso.slice(8, 10)}`;
  const fraction = String(Math.floor(microseconds) % 1_000_000).padStart(6, '0');
  const head = `${severity}${date} ${iso.slice(11, 19)}.${fraction} ${String(pid).padStart(7)} ${source}]`;
  if (values === undefined) return `${head} ${message}`;
  return [`${head} ${quote(message)}`, ...values.map(([key, value]) => `${key}=${valueText(value)}`)].join(' ');
}
