import { yamlText } from '#kube/yaml-print.ts';
import type { Lesson } from '#lesson/lesson.ts';
import { clusterView } from '#ui/cluster-view.ts';
import { inOrder } from '#shell/written.ts';
import { harmless } from '#ui/text.ts';
import { revelationView } from '#ui/revelation-view.ts';
import { exitCodes, Failure } from '../../failure.ts';
import { openLesson } from '../../open-lesson.ts';
import { readScenario } from '../../read-scenario.ts';
import { openTerminal } from '../../terminal.ts';
import { overviewOf } from './overview.ts';
import { revealed } from './reveal.ts';
import { stdinFor } from './stdin.ts';
import { nodeNames } from '#scenario/load.ts';
import { didYouMean } from '#scenario/nearest.ts';

export interface InspectOptions {
  readonly node?: string;
  readonly reveal?: boolean;
  readonly output?: string;
  readonly seed?: string;
  readonly color?: boolean;
}

/** `cka-net inspect <scenario>`: the cluster at a glance; with a command line, exactly what that prints, and its status. */
export async function inspect(name: string, commandLine: readonly string[], options: InspectOptions): Promise<number> {
  const { node, reveal = false, output = 'text', seed = '0', color } = options;
  const scenario = await readScenario(name, seed);
  const nodes = nodeNames(scenario);
  if (node !== undefined && !nodes.includes(node))
    throw new Failure(`no node is called "${node}"${didYouMean(node, nodes)} (the nodes are ${nodes.join(', ')})`);
  const lesson = await openLesson(scenario, seed);
  if (commandLine.length > 0) return await runLine(lesson, commandLine, node, name !== '-');

  const terminal = openTerminal({ color });
  const overview = overviewOf(lesson.lab.snapshot);
  const revelation = reveal ? await revealed(scenario, { cluster: lesson.cluster, seed }) : undefined;
  const data = { scenario: scenario.name, ...overview, ...(revelation !== undefined && { revealed: revelation }) };
  if (output === 'json') terminal.print([JSON.stringify(data, undefined, 2)]);
  else if (output === 'yaml') process.stdout.write(yamlText(data));
  else {
    const screen = { columns: terminal.columns, theme: terminal.theme };
    terminal.print([
      ...clusterView(overview, scenario.title, { ...screen, columns: terminal.tableColumns }),
      ...(revelation === undefined ? [] : ['', ...revelationView(revelation, screen)]),
    ]);
  }
  return exitCodes.ok;
}

/** Several words are one command with its arguments as they are; one word is a shell line. */
async function runLine(lesson: Lesson, words: readonly string[], node: string | undefined, ownsStdin: boolean): Promise<number> {
  const stdin = ownsStdin ? await stdinFor(words, process.stdin) : '';
  const options = { stdin, ...(node !== undefined && { node }) };
  const output = words.length === 1 ? await lesson.run(words[0]!, options) : await lesson.runArgv(words, options);
  for (const { to, text } of inOrder(output)) process[to].write(process[to].isTTY ? harmless(text) : text);
  return output.exitCode;
}
