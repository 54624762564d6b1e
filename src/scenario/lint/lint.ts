/** How a scenario is written: what the loader refuses, and what the rules find. */
import { loadScenario } from '../load.ts';
import type { Scenario } from '../scenario.ts';
import type { SourceFile } from '../source.ts';
import type { Finding } from './finding.ts';
import { rules } from './rules.ts';
import { layoutOf } from './layout.ts';

export interface Linted {
  readonly findings: readonly Finding[];
  /** When the loader takes it. */
  readonly scenario?: Scenario;
}

/** Looks at the text alone; nothing is started. */
export function lintSources(files: readonly SourceFile[]): Linted {
  const loaded = loadScenario(files);
  const layout = files.flatMap(layoutOf);
  if (!loaded.ok)
    return { findings: [...loaded.problems.map((problem): Finding => ({ ...problem, rule: 'format', severity: 'error' })), ...layout] };
  const { scenario } = loaded;
  const found = rules.flatMap(({ name, severity, find }) => find(scenario).map((one): Finding => ({ ...one, rule: name, severity })));
  return { findings: [...found, ...layout], scenario };
}

/** In the order of files and places. */
export function inPlaceOrder(findings: readonly Finding[], files: readonly SourceFile[]): readonly Finding[] {
  const names = files.map((file) => file.name);
  return [...findings].sort(
    (a, b) =>
      names.indexOf(a.file) - names.indexOf(b.file) || (a.at?.line ?? 0) - (b.at?.line ?? 0) || (a.at?.column ?? 0) - (b.at?.column ?? 0),
  );
}
