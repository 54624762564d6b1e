/** A round of questions: asked, looked around for, answered, graded, remembered. */
import type { Grade } from '#learn/grade.ts';
import { pointsFor } from '#learn/hint.ts';
import type { Output } from '#learn/live-cluster.ts';
import { questionKey, type Entry } from '#learn/progress.ts';
import { ask, grade, type Question } from '#learn/question.ts';
import type { Sitting } from '#learn/questions/kind.ts';
import { ComputeError } from '#learn/computed.ts';
import type { Scenario } from '#scenario/scenario.ts';
import { gradeView, solutionView } from '#ui/grade-view.ts';
import type { Mark } from '#ui/progress-bar.ts';
import { hintView, questionView, scoreView, storyView } from '#ui/quiz-view.ts';
import { textOf } from '#shell/written.ts';
import { harmless, textColumns, wrap } from '#ui/text.ts';
import { Left } from '../failure.ts';
import type { ReplOptions } from '../repl.ts';
import type { Doubt } from '../report.ts';
import type { Terminal } from '../terminal.ts';
import type { Asker, Reply } from './asker.ts';

/** How the learner is let into the terminal. */
export type EnterOptions = Pick<ReplOptions, 'leaveHint' | 'signal' | 'bar' | 'words' | 'farewell' | 'ahead'>;

/** A scenario that is started, or about to be. */
export interface OpenLesson {
  readonly sitting: Sitting;
  /** Brings the cluster up while the learner reads. */
  prepare(): void;
  /** Runs one line in the learner's terminal. */
  look(line: string): Promise<Output>;
  /** Hands the terminal over to the learner until they leave it. */
  enter(options?: EnterOptions): Promise<void>;
}

export interface Item {
  readonly scenario: Scenario;
  readonly question: Question;
}

export interface QuizSettings {
  readonly terminal: Terminal;
  readonly asker: Asker;
  /** Keeps an entry; returns when it is safe. */
  record(entry: Entry): void;
  open(scenario: Scenario): OpenLesson;
  /** Writes a report about a question that is doubted; returns where, or undefined when it could not. */
  report?(doubt: Doubt): string | undefined;
  /** Unix milliseconds. */
  now(): number;
  readonly version: string;
  readonly round: string;
  /** What was answered before an interruption, by question. */
  readonly before?: ReadonlyMap<string, Answer>;
  /** Whether each scenario is introduced by its title and story; so it is when nothing is said. */
  readonly tellsStory?: boolean;
  /** When the next question comes back, in words, once the round is over. */
  comingBack?(): string | undefined;
}

/** What an answer brought. */
export interface Answer {
  readonly correct: boolean;
  readonly score: number;
  readonly points: number;
}

export interface RoundOutcome {
  readonly answers: ReadonlyMap<Item, Answer>;
  /** False when the learner has left before the last question. */
  readonly finished: boolean;
}

/** Plays a round to its end, or until the learner leaves. Every answer is recorded before its verdict is shown. */
export async function playRound(items: readonly Item[], settings: QuizSettings): Promise<RoundOutcome> {
  return await new Round(items, settings).play();
}

class Round {
  readonly #items: readonly Item[];
  readonly #settings: QuizSettings;
  readonly #answers = new Map<Item, Answer>();
  readonly #skipped = new Set<Item>();
  #lesson: { readonly scenario: Scenario; readonly open: OpenLesson } | undefined;

  constructor(items: readonly Item[], settings: QuizSettings) {
    this.#items = items;
    this.#settings = settings;
    for (const item of items) {
      const answer = settings.before?.get(keyOf(item));
      if (answer !== undefined) this.#answers.set(item, answer);
    }
  }

  async play(): Promise<RoundOutcome> {
    try {
      let index = this.#items.findIndex((item) => !this.#answers.has(item));
      while (index >= 0 && index < this.#items.length) index = (await this.#put(index)) === 'back' ? Math.max(0, index - 1) : index + 1;
    } catch (error) {
      if (!(error instanceof Left)) throw error;
      return { answers: this.#answers, finished: false };
    }
    this.#score();
    return { answers: this.#answers, finished: true };
  }

  /** Puts one question until it is answered or left. */
  async #put(index: number): Promise<'next' | 'back'> {
    const { asker, now } = this.#settings;
    const item = this.#items[index]!;
    const { question } = item;
    const lesson = this.#lessonOf(item.scenario);
    const asked = await this.#ungradable(() => ask(question, lesson.sitting));
    if (asked === undefined) {
      this.#skipped.add(item);
      return 'next';
    }
    const shown = this.#settings.terminal.interactive && asked.mode === 'one' ? { ...asked, choices: [] } : asked;
    this.#print(questionView(question, shown, { ...this.#screen(), marks: this.#marks(), index }));
    this.#settings.terminal.print(['']);
    if (this.#settings.terminal.interactive) lesson.prepare();
    const begun = now();
    let hintsShown = 0;
    let hasLooked = false;
    for (;;) {
      const reply = await asker.reply({ question, asked, hintsShown, hasBefore: index > 0, hasLooked });
      if (reply.kind === 'back') return 'back';
      if (reply.kind === 'skip') {
        this.#skipped.add(item);
        return 'next';
      }
      if (reply.kind === 'answer') {
        const seconds = Math.max(0, Math.round((now() - begun) / 1000));
        return await this.#answered(item, reply.text, { hints: Math.min(hintsShown, question.hints.length), seconds }, lesson);
      }
      if (reply.kind === 'hint') this.#print(hintView(question, hintsShown++, this.#screen()));
      else if (reply.kind === 'look') hasLooked = true;
      await this.#aside(reply, item, lesson);
    }
  }

  async #aside(reply: Reply, item: Item, lesson: OpenLesson): Promise<void> {
    if (reply.kind === 'look') {
      if (reply.line === undefined) await lesson.enter();
      else this.#show(await lesson.look(reply.line));
    }
    if (reply.kind === 'flag') await this.#flag(item, reply.note);
  }

  /** Notes that a question is bad, and writes a report that can be sent to its author. */
  async #flag(item: Item, said: string | undefined, verdict?: Grade): Promise<void> {
    const { asker, terminal, record, now, version, report } = this.#settings;
    const { seed } = item.scenario;
    const note = said ?? (await asker.why());
    const at = new Date(now()).toISOString();
    record({ kind: 'flag', at, scenario: item.scenario.name, question: item.question.id, seed, version, note });
    const path = report?.({ item, note, seed, version, at, grade: verdict });
    const text = path === undefined ? 'Noted, with the seed and the version.' : `Noted. A report to send to its author is in ${path}`;
    terminal.print(wrap(harmless(text), textColumns(terminal.columns)).map((line) => terminal.theme.dim(line)));
  }

  /** Grades, records, shows; and lets the learner try again or look around as long as they like. */
  async #answered(
    item: Item,
    text: string,
    effort: { readonly hints: number; readonly seconds: number },
    lesson: OpenLesson,
  ): Promise<'next' | 'back'> {
    const { asker } = this.#settings;
    let verdict = await this.#grade(item, text, lesson);
    if (verdict === undefined) {
      this.#skipped.add(item);
      return 'next';
    }
    const points = pointsFor(verdict.score, effort.hints, item.question.points);
    if (!this.#answers.has(item)) this.#keep(item, text, verdict, points, effort);
    this.#verdict(item, verdict, points, effort.hints);
    let solutionShown = false;
    for (;;) {
      const next = await asker.after(verdict, !this.#tells(item, verdict) && !solutionShown);
      if (next === 'next') return 'next';
      if (next === 'solution') {
        this.#print([
          ...solutionView({ ...item.question, expected: verdict.expected }, this.#screen().columns, this.#settings.terminal.theme),
          '',
        ]);
        solutionShown = true;
        continue;
      }
      if (next === 'look' || next === 'flag') {
        await (next === 'look' ? lesson.enter() : this.#flag(item, undefined, verdict));
        continue;
      }
      const again = await this.#again(item, lesson);
      if (again === undefined) continue;
      verdict = again;
      this.#verdict(item, verdict, 0, 0);
    }
  }

  async #again(item: Item, lesson: OpenLesson): Promise<Grade | undefined> {
    const { question } = item;
    const asked = await ask(question, lesson.sitting);
    for (;;) {
      const reply = await this.#settings.asker.reply({
        question,
        asked,
        hintsShown: question.hints.length,
        hasBefore: false,
        hasLooked: true,
      });
      if (reply.kind === 'answer') return await this.#grade(item, reply.text, lesson);
      if (reply.kind === 'skip') return undefined;
      await this.#aside(reply, item, lesson);
    }
  }

  async #grade({ question }: Item, text: string, lesson: OpenLesson): Promise<Grade | undefined> {
    return await this.#ungradable(() => grade(question, text, lesson.sitting));
  }

  /** Does something that fails when the question is at fault; then says so, and there is nothing. */
  async #ungradable<T>(act: () => Promise<T>): Promise<T | undefined> {
    const { terminal } = this.#settings;
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof ComputeError)) throw error;
      const text = `This question cannot be graded, which is its own fault: ${harmless(error.message)}. It does not count.`;
      terminal.print(['', ...wrap(terminal.theme.warn(text), this.#screen().columns)]);
      return undefined;
    }
  }

  #keep(
    { scenario, question }: Item,
    text: string,
    verdict: Grade,
    points: number,
    effort: { readonly hints: number; readonly seconds: number },
  ): void {
    const { record, now, round } = this.#settings;
    const item = this.#items.find((one) => one.scenario === scenario && one.question === question)!;
    record({
      kind: 'answer',
      at: new Date(now()).toISOString(),
      round,
      scenario: scenario.name,
      question: question.id,
      type: question.type,
      ...(scenario.topic !== undefined && { topic: scenario.topic }),
      answer: text,
      correct: verdict.correct,
      score: verdict.score,
      points,
      of: question.points,
      ...effort,
      seed: scenario.seed,
    });
    this.#answers.set(item, { correct: verdict.correct, score: verdict.score, points });
    this.#skipped.delete(item);
  }

  /** A person who has not solved a task may want to go on trying: the solution waits until it is asked for. */
  #tells({ question }: Item, verdict: Grade): boolean {
    return verdict.correct || !this.#settings.terminal.interactive || (question.type !== 'fix' && question.type !== 'manifest');
  }

  #verdict(item: Item, verdict: Grade, points: number, hints: number): void {
    const { explain, docs, points: of } = item.question;
    this.#print(
      gradeView(
        { grade: verdict, points, of, hints, explain, docs, tells: this.#tells(item, verdict) },
        this.#screen().columns,
        this.#settings.terminal.theme,
      ),
    );
    if (this.#settings.terminal.interactive) this.#settings.terminal.print(['']);
  }

  #score(): void {
    const results = this.#items.map((item) => ({
      title: item.question.prompt,
      points: this.#answers.get(item)?.points ?? 0,
      of: item.question.points,
      mark: this.#mark(item),
    }));
    this.#print(scoreView(results, this.#settings.comingBack?.(), this.#screen()));
  }

  #marks(): readonly Mark[] {
    return this.#items.map((item) => this.#mark(item));
  }

  #mark(item: Item): Mark {
    const answer = this.#answers.get(item);
    if (answer === undefined) return this.#skipped.has(item) ? 'skipped' : 'open';
    return answer.correct ? 'right' : answer.score > 0 ? 'partly' : 'wrong';
  }

  #lessonOf(scenario: Scenario): OpenLesson {
    if (this.#lesson?.scenario === scenario) return this.#lesson.open;
    const open = this.#settings.open(scenario);
    this.#lesson = { scenario, open };
    const questions = this.#items.filter((item) => item.scenario === scenario).length;
    if (this.#settings.tellsStory !== false) this.#print(storyView(scenario, questions, this.#screen()));
    return open;
  }

  #show(output: Output): void {
    const text = textOf(output);
    if (text !== '') this.#settings.terminal.print(harmless(text).replace(/\n$/, '').split('\n'));
  }

  #screen() {
    const { terminal } = this.#settings;
    return { columns: textColumns(terminal.columns), theme: terminal.theme };
  }

  /** A block of its own, after an empty line. */
  #print(lines: readonly string[]): void {
    this.#settings.terminal.print(['', ...lines]);
  }
}

export function keyOf({ scenario, question }: Item): string {
  return questionKey({ scenario: scenario.name, question: question.id });
}
