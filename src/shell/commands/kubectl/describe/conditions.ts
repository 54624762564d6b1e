import type { Condition } from '#kube/kinds/conditions.ts';
import { heading, indented, type Lines } from './lines.ts';
import { rfc1123 } from './time.ts';

type Shown = Pick<Condition, 'type' | 'status'> & {
  readonly lastTransitionTime?: string | null;
  readonly reason?: string;
  readonly message?: string;
};

/** `Conditions:` with their reasons and messages; no line without any. */
export function conditionTable(conditions: readonly Shown[]): Lines {
  if (conditions.length === 0) return [];
  const rows = conditions.map(({ type, status, lastTransitionTime, reason = '', message = '' }) =>
    [type, status, rfc1123(lastTransitionTime), reason, message].join('\t'),
  );
  return ['Conditions:', ...indented(1, [...heading('Type', 'Status', 'LastTransitionTime', 'Reason', 'Message'), ...rows])];
}

/** `Conditions:` of a workload, with their reasons. */
export function workloadConditionTable(conditions: readonly Shown[] = []): Lines {
  if (conditions.length === 0) return [];
  const rows = conditions.map(({ type, status, reason = '' }) => `${type} \t${status}\t${reason}`);
  return ['Conditions:', ...indented(1, [...heading('Type', 'Status', 'Reason'), ...rows])];
}
