/** What a pod says of its place: tolerations, spreading, its scheduling group. */
import type { Toleration, TopologySpreadConstraint } from '#kube/kinds/affinity.ts';
import type { PodSpec } from '#kube/kinds/pod-spec.ts';
import { labelSelectorText } from '#kube/selector.ts';
import { goSort } from '../printers/go-sort.ts';
import type { Context } from './context.ts';
import { multiline, type Lines } from './lines.ts';

/** `node.kubernetes.io/not-ready:NoExecute op=Exists for 300s`, one a line (printTolerationsMultilineWithIndent). */
export function tolerationLines(name: string, tolerations: readonly Toleration[] = []): Lines {
  const sorted = goSort(tolerations, (a, b) => (a.key ?? '') < (b.key ?? ''));
  return multiline(name, sorted.map(tolerationText));
}

function tolerationText({ key = '', operator, value = '', effect = '', tolerationSeconds }: Toleration): string {
  const taint = `${key}${value === '' ? '' : `=${value}`}${effect === '' ? '' : `:${effect}`}`;
  const exists = operator === 'Exists' && value === '' ? `${key === '' && effect === '' ? '' : ' '}op=Exists` : '';
  return `${taint}${exists}${tolerationSeconds === undefined ? '' : ` for ${tolerationSeconds}s`}`;
}

export function spreadLines(name: string, constraints: readonly TopologySpreadConstraint[] = []): Lines {
  if (constraints.length === 0) return [];
  const sorted = goSort(constraints, (a, b) => a.topologyKey < b.topologyKey);
  return multiline(name, sorted.map(spreadText));
}

function spreadText({ topologyKey, whenUnsatisfiable, maxSkew, labelSelector }: TopologySpreadConstraint): string {
  const text = `${topologyKey}:${whenUnsatisfiable} when max skew ${maxSkew} is exceeded`;
  return labelSelector === undefined ? text : `${text} for selector ${labelSelectorText(labelSelector)}`;
}

export function schedulingGroupLines({ schedulingGroup }: PodSpec, margin: string, context: Context): Lines {
  if (schedulingGroup === undefined || !context.has('scheduling groups')) return [];
  return [`${margin}SchedulingGroup:`, `  PodGroupName:\t${schedulingGroup.podGroupName ?? ''}`];
}
