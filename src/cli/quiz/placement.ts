/** A newcomer's first minutes: a few short exercises, or none, and the course begins where they are. */
import { randomInt } from 'node:crypto';
import { topicTitle, type Topic } from '#learn/curriculum.ts';
import { drillKinds } from '#learn/drills/drill.ts';
import { placementExercises } from '#learn/placement.ts';
import { markdown } from '#ui/markdown.ts';
import { textColumns } from '#ui/text.ts';
import { Left } from '../failure.ts';
import type { Keeper } from '../keeper.ts';
import type { Terminal } from '../terminal.ts';
import type { Asker } from './asker.ts';
import { exercise, playExercises } from './exercises.ts';

/** Reports whether nobody has been asked anything yet. */
export function isNewcomer({ entries }: Keeper): boolean {
  return !entries.some(({ kind }) => kind === 'placement' || kind === 'answer' || kind === 'round' || kind === 'exam');
}

/** Places a newcomer, who may decline; what is found is recorded. Throws {@link Left} when they leave. */
export async function place(keeper: Keeper, asker: Asker, terminal: Terminal, scenarios: number): Promise<void> {
  const tell = (text: string) => terminal.print(markdown(text, textColumns(terminal.columns), terminal.theme));
  const count = placementExercises.length;
  tell(
    `**Welcome.** A course of ${scenarios} scenarios lies before you, each a small cluster in which something is wrong. ${inWords(count)} short questions find where you begin; what is easy about what you know already then comes last. Skip what you do not know.`,
  );
  terminal.print(['']);
  const wants = await asker.confirm(`Answer ${inWords(count).toLowerCase()} short questions first?`);
  const results = wants ? await asked(keeper, asker, terminal) : [];
  keeper.record({ kind: 'placement', at: new Date().toISOString(), results: [...results] });
  const known = results.filter((one) => one.correct).map((one) => topicTitle(one.topic));
  if (!wants) return;
  terminal.print(['']);
  tell(
    known.length === 0
      ? 'The course begins at its beginning.'
      : `You know your way around ${listed(known)}: the easy scenarios about ${known.length === 1 ? 'that' : 'those'} come at the end of the course. \`cka-net list\` shows it.`,
  );
}

async function asked(
  keeper: Keeper,
  asker: Asker,
  terminal: Terminal,
): Promise<readonly { readonly topic: Topic; readonly drill: string; readonly correct: boolean }[]> {
  const seed = String(randomInt(1_000_000));
  const exercises = placementExercises.map(({ drill }, index) =>
    exercise(
      drillKinds.find((one) => one.kind === drill)!,
      seed,
      index + 1,
    ),
  );
  const outcome = await playExercises(exercises, {
    terminal,
    asker,
    keeper,
    seed,
    // The drill of one kind has the exercise at the same number.
    again: (one) => `cka-net drill ${one.kind} --seed ${seed} --count ${exercises.indexOf(one) + 1}`,
  });
  if (!outcome.finished) throw new Left();
  return placementExercises.map(({ topic, drill }, index) => ({
    topic,
    drill,
    correct: outcome.answers.get(exercises[index]!.item)?.correct === true,
  }));
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)!}`;
}

function inWords(count: number): string {
  return ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight'][count] ?? String(count);
}
