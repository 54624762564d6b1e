/** A question that somebody doubts: what its author needs to see it again, as a file to send. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Grade } from '#learn/grade.ts';
import { dataDirectory } from './directories.ts';
import type { Item } from './quiz/quiz.ts';

export interface Doubt {
  readonly item: Item;
  readonly note: string;
  readonly seed: string;
  readonly version: string;
  /** ISO 8601. */
  readonly at: string;
  /** The verdict that is doubted, once there is one. */
  readonly grade?: Grade | undefined;
  /** The command line that asks it again; a quiz of that question when nothing is said. */
  readonly again?: string;
}

/** Writes the report beside the journal; returns its path. */
export function writeReport(doubt: Doubt, directory: string = join(dataDirectory(), 'reports')): string {
  const { scenario, question } = doubt.item;
  mkdirSync(directory, { recursive: true });
  let path = '';
  for (let n = 1; path === '' || existsSync(path); n++)
    path = join(directory, `${scenario.name.replaceAll('/', '-')}-${question.id}${n === 1 ? '' : `-${n}`}.md`);
  writeFileSync(path, reportText(doubt), { flag: 'wx', mode: 0o600 });
  return path;
}

function reportText({ item: { scenario, question }, note, seed, version, at, grade, again }: Doubt): string {
  const quoted = (text: string) => text.trimEnd().replace(/^/gm, '> ');
  const parts = [
    `# ${scenario.name}/${question.id} is in doubt`,
    `- cka-net ${version}, Kubernetes ${scenario.cluster.kubernetesVersion}, seed \`${seed}\`, ${at}\n- to see it again: \`${again ?? `cka-net quiz ${scenario.name} --question ${question.id} --seed ${seed}`}\``,
    `## What is wrong with it\n\n${note.trim() === '' ? '(say it here)' : note.trim()}`,
    `## The question\n\n${quoted(question.prompt)}`,
    ...(grade === undefined
      ? []
      : [
          `## The answer\n\n${quoted(grade.given === '' ? '(nothing)' : grade.given)}`,
          `## The verdict\n\n${grade.correct ? 'right' : 'not right'}: ${grade.because}\n\n${quoted(grade.expected)}`,
          ...grade.evidence.map(({ source, lines }) => ['```', `$ ${source}`, ...lines.slice(0, 40), '```'].join('\n')),
        ]),
  ];
  return `${parts.join('\n\n')}\n`;
}
