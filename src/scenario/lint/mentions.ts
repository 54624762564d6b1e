/** What the questions of a scenario name of its cluster: the ends of packets, and objects of the API. */
import { parseSource, parseTarget } from '#learn/endpoint.ts';
import type { Question } from '#learn/question.ts';
import type { Path } from '../source.ts';

export interface Mention {
  /** `pod` and `svc`: an end of a packet. `ref`: KIND/NAME, as kubectl takes it. */
  readonly as: 'pod' | 'svc' | 'ref';
  /** Absent where none is written. */
  readonly namespace?: string;
  readonly name: string;
  /** The type of the resource; for `ref` alone. */
  readonly resource?: string;
  readonly path: Path;
}

/** All of them, wherever in the question they stand: at answers, checks, choices, exhibits. */
export function mentionsIn(question: Question, path: Path): readonly Mention[] {
  return look(question, path);
}

function look(value: unknown, path: Path): readonly Mention[] {
  if (Array.isArray(value)) return value.flatMap((entry: unknown, index) => look(entry, [...path, index]));
  if (typeof value !== 'object' || value === null) return [];
  const fields = value as Readonly<Record<string, unknown>>;
  return Object.entries(fields).flatMap(([field, below]): readonly Mention[] => {
    const here = [...path, field];
    if (typeof below !== 'string') return look(below, here);
    if (field === 'ref') {
      const [resource = '', name = ''] = below.split('/');
      const namespace = fields['namespace'];
      return [{ as: 'ref', resource, name, path: here, ...(typeof namespace === 'string' && { namespace }) }];
    }
    const end = field === 'from' ? parseSource(below) : field === 'to' ? parseTarget(below) : undefined;
    return end?.kind === 'pod' || end?.kind === 'svc' ? [{ as: end.kind, namespace: end.namespace, name: end.name, path: here }] : [];
  });
}
