/** The controller's log: klog's lines, and those of its event recorder. (k8s.io/klog/v2; client-go tools/events) */
import { pick } from '#kube/chance.ts';
import { quote } from '#kube/json.ts';
import type { KubeObject } from '#kube/object.ts';
import type { LogLine } from '#node/host.ts';
import { klogLine, type LogEntry } from '#node/kube-proxy/klog.ts';
import { processNumber } from './release.ts';

export class ControllerLog {
  readonly lines: LogLine[] = [];
  readonly #now: number;
  #microseconds: number;

  /** `after`: how many lines were written at this moment already. */
  constructor(now: number, seed: string, after = 0) {
    this.#now = now;
    this.#microseconds = now * 1000 + after * 700 + pick(`${seed}/${now}`, 400);
  }

  /** A line some hundred microseconds after the one before. */
  #add(entry: LogEntry): void {
    this.#microseconds += 130 + pick(`${entry.source}/${this.#microseconds}`, 900);
    this.text(klogLine(entry, this.#microseconds, processNumber));
  }

  text(text: string): void {
    this.lines.push({ at: this.#now, stream: 'stderr', text });
  }

  info(source: string, message: string, values: NonNullable<LogEntry['values']> = []): void {
    this.#add({ severity: 'I', source, message, values });
  }

  error(source: string, message: string, values: NonNullable<LogEntry['values']>): void {
    this.#add({ severity: 'E', source, message, values });
  }

  plain(severity: LogEntry['severity'], source: string, message: string): void {
    this.#add({ severity, source, message });
  }

  /** What the recorder says of an event. */
  event(object: KubeObject, reason: string, message: string, type = 'Normal'): void {
    const { namespace = '', name, uid = '', resourceVersion = '' } = object.metadata;
    const reference = `v1.ObjectReference{Kind:${quote(object.kind)}, Namespace:${quote(namespace)}, Name:${quote(name)}, UID:${quote(uid)}, APIVersion:${quote(object.apiVersion)}, ResourceVersion:${quote(resourceVersion)}, FieldPath:""}`;
    this.plain('I', 'event.go:377', `Event(${reference}): type: '${type}' reason: '${reason}' ${message}`);
  }
}
