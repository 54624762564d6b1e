/** An exam: tasks in any order, each on a cluster of its own, while the clock runs; graded when it is handed in. */
import { ComputeError } from '#learn/computed.ts';
import { byState, competencyOf, handIn, passPercent, percentOf } from '#learn/exam.ts';
import type { Grade } from '#learn/grade.ts';
import type { Output } from '#learn/live-cluster.ts';
import type { Entry, ExamEnded } from '#learn/progress.ts';
import { grade, solve, type Question } from '#learn/question.ts';
import type { Scenario } from '#scenario/scenario.ts';
import { clockText, taskListView, taskView } from '#ui/exam-view.ts';
import { keysView, type Screen } from '#ui/quiz-view.ts';
import { harmless, textColumns } from '#ui/text.ts';
import type { Item, OpenLesson } from '../quiz/quiz.ts';
import type { Terminal } from '../terminal.ts';
import type { ExamClock } from './clock.ts';
import type { ExamLines } from './lines.ts';

/** Where an answer goes that is not a state of the cluster. */
export const answerFile = '/root/answer.txt';

export interface ExamSettings {
  readonly items: readonly Item[];
  readonly terminal: Terminal;
  readonly lines: ExamLines;
  readonly clock: ExamClock;
  /** Aborted when the time is over. */
  readonly signal: AbortSignal;
  open(scenario: Scenario): OpenLesson;
  record(entry: Entry): void;
  /** Unix milliseconds. */
  now(): number;
  readonly exam: string;
  readonly seed: string;
  readonly version: string;
}

interface Task {
  readonly item: Item;
  readonly weight: number;
  lesson: OpenLesson | undefined;
  flagged: boolean;
  /** Milliseconds of the exam's clock that were spent on it. */
  spent: number;
}

/** Plays an exam to its end. Undefined when the learner has left without handing in. */
export async function playExam(settings: ExamSettings): Promise<ExamEnded | undefined> {
  return await new Exam(settings).play();
}

class Exam {
  readonly #settings: ExamSettings;
  readonly #tasks: readonly Task[];
  #at: number | undefined;
  #since = 0;

  constructor(settings: ExamSettings) {
    this.#settings = settings;
    const of = settings.items.reduce((sum, { question }) => sum + question.points, 0);
    this.#tasks = settings.items.map((item) => ({
      item,
      weight: Math.round((item.question.points / of) * 100),
      lesson: undefined,
      flagged: false,
      spent: 0,
    }));
  }

  async play(): Promise<ExamEnded | undefined> {
    const { signal } = this.#settings;
    this.#list();
    let leaving = false;
    for (;;) {
      const line = await this.#settings.lines.next(() => this.#prompt());
      if (signal.aborted) return await this.#handIn('time');
      if (line === undefined) return await this.#handIn('learner');
      if (line === 'interrupted') {
        if (leaving) return undefined;
        leaving = true;
        this.#say('Ctrl-C once more leaves the exam without handing it in; `submit` hands it in.');
        continue;
      }
      leaving = false;
      const outcome = await this.#do(line.text.trim());
      if (signal.aborted) return await this.#handIn('time');
      if (outcome === 'submit') return await this.#handIn('learner');
    }
  }

  /** One line of the learner's. */
  async #do(text: string): Promise<'submit' | undefined> {
    const [word = '', ...rest] = text.split(/\s+/);
    if (/^\d+$/.test(word)) return this.#goTo(Number(word) - 1);
    if (text.startsWith('$')) return await this.#work(text.slice(1).trim());
    switch (word.toLowerCase()) {
      case '':
        return this.#at === undefined ? this.#list() : this.#show();
      case 'l':
      case 'list':
        return this.#list();
      case 'n':
      case 'next':
        return this.#goTo(this.#at === undefined ? 0 : this.#at + 1);
      case 'p':
      case 'prev':
      case 'previous':
        return this.#goTo(this.#at === undefined ? 0 : this.#at - 1);
      case 't':
      case 'terminal':
        return await this.#work('');
      case 'f':
      case 'flag':
        return this.#flag();
      case 'pause':
        return await this.#pause();
      case 'submit':
        return (await this.#sure()) ? 'submit' : undefined;
      default:
        return this.#say(
          rest.length > 0 && this.#at !== undefined
            ? `Commands of the cluster begin with \`$\`, or go into its terminal: \`t\`.`
            : `There is no \`${word}\` here.`,
        );
    }
  }

  #list(): undefined {
    this.#leave();
    const lines = this.#tasks.map(({ item, weight, lesson, flagged }) => ({
      title: item.question.prompt,
      weight,
      visited: lesson !== undefined,
      flagged,
    }));
    this.#print([...taskListView(lines, this.#clock(), this.#screen()), '', ...this.#keys()]);
  }

  #goTo(index: number): undefined {
    if (this.#tasks[index] === undefined) return this.#say(`There are ${this.#tasks.length} tasks.`);
    this.#leave();
    this.#at = index;
    this.#since = this.#settings.clock.used;
    this.#lessonOf(this.#tasks[index]).prepare();
    return this.#show();
  }

  #show(): undefined {
    const index = this.#at!;
    const { item, weight, flagged } = this.#tasks[index]!;
    const { question, scenario } = item;
    const screen = {
      ...this.#screen(),
      index,
      of: this.#tasks.length,
      weight,
      clock: this.#clock(),
      flagged,
      host: hostOf(scenario),
      ...(handIn(question) === 'file' && { file: answerFile }),
    };
    this.#print([...taskView(scenario, question, screen), '', ...this.#keys()]);
  }

  /** Runs a line on the host of the task, or hands the terminal over. */
  async #work(line: string): Promise<undefined> {
    if (this.#at === undefined) return this.#say('Go to a task first, by its number.');
    const lesson = this.#lessonOf(this.#tasks[this.#at]!);
    if (line !== '') return this.#shown(await lesson.look(line));
    if (!this.#settings.terminal.interactive) return this.#say('By pipe, a command begins with `$ `.');
    await lesson.enter({ leaveHint: `${this.#clock()} left; exit, or Ctrl-D, goes back to the task`, signal: this.#settings.signal });
    if (!this.#settings.signal.aborted) this.#show();
  }

  #flag(): undefined {
    if (this.#at === undefined) return this.#say('Go to a task first, by its number.');
    const task = this.#tasks[this.#at]!;
    task.flagged = !task.flagged;
    return this.#say(task.flagged ? 'Flagged.' : 'No longer flagged.');
  }

  /** The clock stands, the task is out of sight; the report says so. */
  async #pause(): Promise<undefined> {
    const { clock, terminal, lines } = this.#settings;
    this.#leave();
    clock.pause();
    if (terminal.interactive) process.stdout.write('\u001b[H\u001b[2J');
    this.#say(`Paused with ${this.#clock()} left. In the exam there is no pause: the report will name it. Enter goes on.`);
    await lines.next(() => 'paused › ');
    clock.goOn();
    this.#list();
  }

  async #sure(): Promise<boolean> {
    if (!this.#settings.terminal.interactive) return true;
    const untouched = this.#tasks.filter((task) => task.lesson === undefined).length;
    const flagged = this.#tasks.filter((task) => task.flagged).length;
    const facts = [...(untouched > 0 ? [`${untouched} not begun`] : []), ...(flagged > 0 ? [`${flagged} flagged`] : [])];
    const line = await this.#settings.lines.next(() => `Hand it in${facts.length === 0 ? '' : ` (${facts.join(', ')})`}? yes or no › `);
    return line !== undefined && line !== 'interrupted' && /^y(es)?$/i.test(line.text.trim());
  }

  async #handIn(by: 'learner' | 'time'): Promise<ExamEnded> {
    const { clock, record, now, exam, seed } = this.#settings;
    this.#leave();
    const used = clock.used;
    const pauses = clock.pauses;
    this.#say(by === 'time' ? 'The time is over. What is there is graded.' : 'Handed in. It is graded now.');
    const results: ExamEnded['results'] = [];
    for (const task of this.#tasks) {
      const { scenario, question } = task.item;
      const verdict = await this.#grade(task);
      if (verdict === undefined) continue;
      const { score, because, expected, findings, correct, given } = verdict;
      const seconds = Math.round(task.spent / 1000);
      const names = { scenario: scenario.name, question: question.id };
      results.push({
        ...names,
        title: question.prompt,
        competency: competencyOf(scenario.topic, question),
        of: question.points,
        score,
        seconds,
        flagged: task.flagged,
        because,
        expected,
        findings: findings.map(({ wanted, met, observed }) => ({ wanted, met, observed })),
      });
      if (task.lesson === undefined) continue;
      record({
        kind: 'answer',
        at: new Date(now()).toISOString(),
        round: exam,
        ...names,
        type: question.type,
        ...(scenario.topic !== undefined && { topic: scenario.topic }),
        answer: given,
        correct,
        score,
        points: Math.round(score * question.points * 100) / 100,
        of: question.points,
        hints: 0,
        seconds,
        seed,
      });
    }
    const percent = percentOf(results);
    const ended: ExamEnded = {
      kind: 'exam-end',
      at: new Date(now()).toISOString(),
      exam,
      by,
      seconds: Math.round(used / 1000),
      pauses: pauses.count,
      pausedSeconds: Math.round(pauses.milliseconds / 1000),
      percent,
      passed: percent >= passPercent,
      results,
    };
    record(ended);
    return ended;
  }

  /** What a task is worth as it was left; undefined when it is at fault itself, so that it does not count. */
  async #grade(task: Task): Promise<Grade | undefined> {
    const { question } = task.item;
    const { sitting } = this.#lessonOf(task, task.lesson !== undefined);
    try {
      if (task.lesson === undefined) {
        const expected = 'solution' in question ? question.solution.trimEnd() : await solve(question, sitting);
        return { correct: false, score: 0, given: '', expected, because: 'It was not begun.', findings: [], evidence: [] };
      }
      if (handIn(question) === 'state') return await grade(byState(question), '', sitting);
      const { stdout, exitCode, stderr } = await sitting.cluster.aside(() => sitting.cluster.run(`cat ${answerFile}`));
      const verdict = await grade(question, exitCode === 0 ? stdout.trim() : '', sitting);
      return exitCode === 0 ? verdict : { ...verdict, because: `There is no answer: ${stderr.trim()}` };
    } catch (error) {
      if (!(error instanceof ComputeError)) throw error;
      this.#say(`A task cannot be graded, which is its own fault, and does not count: ${error.message}`);
      return undefined;
    }
  }

  /** The task's lesson; one that is not `kept` is for looking something up only. */
  #lessonOf(task: Task, kept = true): OpenLesson {
    const lesson = task.lesson ?? this.#settings.open(task.item.scenario);
    if (kept) task.lesson = lesson;
    return lesson;
  }

  /** Books the time that was spent on the task at hand. */
  #leave(): void {
    const { used } = this.#settings.clock;
    if (this.#at !== undefined) this.#tasks[this.#at]!.spent += used - this.#since;
    this.#at = undefined;
  }

  #keys(): readonly string[] {
    const inTask: readonly (readonly [string, string])[] = [
      ['t', 'terminal'],
      ['$ COMMAND', 'run one'],
      ['f', 'flag'],
      ['n', 'next'],
      ['p', 'previous'],
      ['l', 'list'],
    ];
    const inList: readonly (readonly [string, string])[] = [
      ['1', 'to a task, by its number'],
      ['pause', 'stop the clock'],
      ['submit', 'hand it in'],
    ];
    return keysView(this.#at === undefined ? inList : inTask, this.#screen());
  }

  #prompt(): string {
    const { theme } = this.#settings.terminal;
    const where = this.#at === undefined ? '' : ` task ${this.#at + 1}`;
    return `${theme.strong(this.#clock())}${theme.dim(where)} ${theme.plain ? '>' : '›'} `;
  }

  #clock(): string {
    return clockText(this.#settings.clock.left / 1000);
  }

  #screen(): Screen {
    const { terminal } = this.#settings;
    return { columns: textColumns(terminal.columns), theme: terminal.theme };
  }

  #shown({ stdout, stderr }: Output): undefined {
    const text = stdout + stderr;
    if (text !== '') this.#settings.terminal.print(harmless(text).replace(/\n$/, '').split('\n'));
  }

  #say(text: string): undefined {
    this.#settings.terminal.print([this.#settings.terminal.theme.dim(harmless(text))]);
  }

  #print(lines: readonly string[]): void {
    this.#settings.terminal.print(['', ...lines]);
  }
}

function hostOf(scenario: Scenario): string {
  const { nodes } = scenario.cluster;
  return (nodes.find((node) => (node.roles ?? []).includes('control-plane')) ?? nodes[0])?.name ?? 'controlplane';
}

/** The questions of a task that can be drawn. */
export function isTask({ question }: { readonly question: Question }): boolean {
  return handIn(question) !== undefined;
}
