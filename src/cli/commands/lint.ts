import { writeFileSync } from 'node:fs';
import { giveaways } from '#learn/giveaways.ts';
import type { Finding } from '#scenario/lint/finding.ts';
import { fixed } from '#scenario/lint/fix.ts';
import { inPlaceOrder, lintSources } from '#scenario/lint/lint.ts';
import { sarifLog } from '#scenario/lint/sarif.ts';
import type { Scenario } from '#scenario/scenario.ts';
import type { SourceFile } from '#scenario/source.ts';
import { problemView } from '#ui/problem-view.ts';
import { BadScenario, exitCodes } from '../failure.ts';
import { openLesson } from '../open-lesson.ts';
import { prerequisiteFindings } from '../prerequisites.ts';
import { readSources, withPacksOpened } from '../read-scenario.ts';
import { openTerminal } from '../terminal.ts';
import { version } from '../version.ts';

interface LintOptions {
  readonly output?: string;
  readonly color?: boolean;
  readonly fix?: boolean;
  readonly static?: boolean;
}

/** `cka-net lint <scenario…>`: everything that is wrong with how scenarios are written. Exits 1 when something is. */
export async function lint(names: readonly string[], options: LintOptions): Promise<number> {
  const terminal = openTerminal({ color: options.color });
  const findings: Finding[] = [];
  let mended = 0;
  for (const name of names) {
    const found = await findingsOf(name, options);
    findings.push(...found.findings);
    mended += found.mended;
  }
  if (options.output === 'json') terminal.print([JSON.stringify(findings.map(flat), undefined, 2)]);
  else if (options.output === 'sarif') terminal.print([JSON.stringify(sarifLog(findings, version), undefined, 2)]);
  else if (findings.length > 0) terminal.print(problemView(findings.map(withRule), terminal.columns, terminal.theme));
  else terminal.note([`${terminal.theme.good(terminal.theme.marks.right)} ${names.join(', ')}: well written`]);
  if (mended > 0) terminal.note([`${mended} ${mended === 1 ? 'remedy' : 'remedies'} written`]);
  return findings.length === 0 ? exitCodes.ok : exitCodes.no;
}

/** What is found, after what can be mended was mended. */
async function findingsOf(name: string, options: LintOptions): Promise<{ readonly findings: readonly Finding[]; readonly mended: number }> {
  let files: readonly SourceFile[];
  try {
    const members = withPacksOpened([name]);
    if (members.length > 1) {
      const each = [];
      for (const member of members) each.push(await findingsOf(member, options));
      return { findings: each.flatMap((one) => one.findings), mended: each.reduce((sum, one) => sum + one.mended, 0) };
    }
    files = await readSources(name);
  } catch (error) {
    if (error instanceof BadScenario) return { findings: error.problems.map(asFormat), mended: 0 };
    throw error;
  }
  let linted = lintSources(files);
  let mended = 0;
  if (options.fix === true && name !== '-') {
    const after = files.map((file) => ({ ...file, text: fixed(file, linted.findings) }));
    mended = linted.findings.filter((one) => one.fix !== undefined).length;
    for (const [index, file] of after.entries()) if (file.text !== files[index]!.text) writeFileSync(file.name, file.text);
    files = after;
    linted = lintSources(files);
  }
  const live = linted.scenario === undefined || options.static === true ? [] : await liveFindings(linted.scenario);
  const before = linted.scenario === undefined ? [] : prerequisiteFindings(linted.scenario, files[0]!.name);
  return { findings: inPlaceOrder([...linted.findings, ...before, ...live], files), mended };
}

/** What shows only on the running cluster. */
async function liveFindings(scenario: Scenario): Promise<readonly Finding[]> {
  try {
    const lesson = await openLesson(scenario, '0');
    const found: Finding[] = [];
    for (const [index, question] of scenario.questions.entries())
      for (const { rule, path, message, note } of await giveaways(question, { cluster: lesson.cluster, seed: '0' }))
        found.push({ ...scenario.problem(['spec', 'questions', index, ...path], message, note), rule, severity: 'error' });
    return found;
  } catch (error) {
    if (error instanceof BadScenario) return error.problems.map((problem) => ({ ...problem, rule: 'comes-up', severity: 'error' }));
    throw error;
  }
}

function asFormat(problem: Omit<Finding, 'rule' | 'severity'>): Finding {
  return { ...problem, rule: 'format', severity: 'error' };
}

/** The rule's name stands behind what it found, as compilers do. */
function withRule(finding: Finding): Finding {
  return finding.rule === 'format' ? finding : { ...finding, message: `${finding.message} [${finding.rule}]` };
}

function flat({ file, at, message, note, rule, severity, fix }: Finding): object {
  return {
    file,
    line: at?.line ?? null,
    column: at?.column ?? null,
    message,
    note: note ?? null,
    rule,
    severity,
    fixable: fix !== undefined,
  };
}
