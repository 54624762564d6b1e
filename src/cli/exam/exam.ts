/** An exam: tasks in any order, each on a cluster and a host of its own, while the clock runs; graded when it is handed in. */
import { ComputeError } from '#learn/computed.ts';
import { byState, competencyOf, handIn, passPercent, percentOf } from '#learn/exam.ts';
import type { Grade } from '#learn/grade.ts';
import type { Output } from '#learn/live-cluster.ts';
import type { Entry, ExamEnded } from '#learn/progress.ts';
import { grade, solve, type Question } from '#learn/question.ts';
import type { Scenario } from '#scenario/scenario.ts';
import { clockText, taskListView, taskView } from '#ui/exam-view.ts';
import { keysView, type Screen } from '#ui/quiz-view.ts';
import { textOf } from '#shell/written.ts';
import { harmless, textColumns, wrap } from '#ui/text.ts';
import type { Item, OpenLesson } from '../quiz/quiz.ts';
import { ClockBar } from '../repl/clock-bar.ts';
import type { Terminal } from '../terminal.ts';
import type { ExamClock } from './clock.ts';
import { sshLine } from './hosts.ts';
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
  /** The name of each task's host. */
  readonly hosts: readonly string[];
  /** The lesson of a task, by its index: with what was done on it before an interruption. */
  open(index: number): OpenLesson;
  record(entry: Entry): void;
  /** Keeps where the exam is, so that it can go on after an interruption; absent when it cannot. */
  keep?(state: ExamState): void;
  /** Where it was when it was interrupted. */
  readonly before?: ExamState | undefined;
  /** It is handed in as it stands. */
  readonly isGraded?: boolean;
  /** Unix milliseconds. */
  now(): number;
  readonly exam: string;
  readonly seed: string;
  readonly version: string;
}

/** Where an exam is. */
export interface ExamState {
  /** The task that is open, by its index. */
  readonly at?: number | undefined;
  readonly tasks: readonly TaskState[];
}

export interface TaskState {
  readonly begun: boolean;
  readonly flagged: boolean;
  /** Milliseconds of the exam's clock that were spent on it. */
  readonly spent: number;
}

interface Task {
  readonly item: Item;
  readonly index: number;
  readonly host: string;
  readonly weight: number;
  lesson: OpenLesson | undefined;
  begun: boolean;
  flagged: boolean;
  spent: number;
}

/** Milliseconds between two times that the clock is kept. */
const keptEvery = 1000;
/** A window that is narrower has no room for the learner's name in the prompt. */
const narrow = 60;

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
    this.#tasks = settings.items.map((item, index) => ({
      item,
      index,
      host: settings.hosts[index]!,
      weight: Math.round((item.question.points / of) * 100),
      lesson: undefined,
      begun: false,
      flagged: false,
      spent: 0,
      ...settings.before?.tasks[index],
    }));
  }

  async play(): Promise<ExamEnded | undefined> {
    const watch = setInterval(() => this.#keep(), keptEvery);
    try {
      return await this.#sit();
    } finally {
      clearInterval(watch);
    }
  }

  async #sit(): Promise<ExamEnded | undefined> {
    const { signal, terminal, before, isGraded } = this.#settings;
    if (isGraded === true) return await this.#handIn('learner');
    if (before?.at === undefined) this.#list();
    else this.#goTo(before.at);
    let leaving: string | undefined;
    for (;;) {
      this.#keep();
      const line = await this.#settings.lines.next(() => this.#prompt());
      if (signal.aborted) return await this.#handIn('time');
      if (line === undefined && !terminal.interactive) return await this.#handIn('learner');
      if (line === undefined || line === 'interrupted') {
        const key = line === undefined ? 'Ctrl-D' : 'Ctrl-C';
        if (leaving === key) return this.#left();
        leaving = key;
        this.#say(`${key} once more leaves the exam without handing it in; \`submit\` hands it in.`);
        continue;
      }
      leaving = undefined;
      const outcome = await this.#do(line.text.trim());
      if (signal.aborted) return await this.#handIn('time');
      if (outcome === 'submit') return await this.#handIn('learner');
    }
  }

  /** One line of the learner's. */
  async #do(text: string): Promise<'submit' | undefined> {
    const [word = ''] = text.split(/\s+/);
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
        return this.#at === undefined ? this.#say('Go to a task first, by its number.') : await this.#enter(this.#tasks[this.#at]!);
      case 'ssh':
        return await this.#ssh(text);
      case 'exit':
      case 'logout':
        return this.#say('This is the base, which nothing leads out of; `submit` hands the exam in, Ctrl-C twice leaves it.');
      case 'f':
      case 'flag':
        return this.#flag();
      case 'pause':
        return await this.#pause();
      case 'submit':
        return (await this.#sure()) ? 'submit' : undefined;
      default:
        this.#shown(failure(`bash: ${word}: command not found`));
        return this.#say(
          this.#at === undefined
            ? 'The base has no tools: go to a task by its number, and to its host by ssh.'
            : `The base has no tools: they are on the task’s host, ssh ${this.#tasks[this.#at]!.host}`,
        );
    }
  }

  #list(): undefined {
    this.#leave();
    const lines = this.#tasks.map(({ item, weight, begun, flagged }) => ({
      title: item.question.prompt,
      weight,
      visited: begun,
      flagged,
    }));
    this.#print([...taskListView(lines, this.#clock(), this.#screen()), '', ...this.#keys()]);
  }

  #goTo(index: number): undefined {
    if (this.#tasks[index] === undefined) return this.#say(`There are ${this.#tasks.length} tasks.`);
    this.#open(this.#tasks[index]);
    return this.#show();
  }

  /** From now on, time is spent on this task. */
  #open(task: Task): void {
    this.#leave();
    this.#at = task.index;
    this.#since = this.#settings.clock.used;
    this.#lessonOf(task).prepare();
  }

  #show(): undefined {
    this.#print([...this.#task(this.#tasks[this.#at!]!), '', ...this.#keys()]);
  }

  #task({ item: { question, scenario }, index, weight, flagged, host }: Task): readonly string[] {
    return taskView(scenario, question, {
      ...this.#screen(),
      index,
      of: this.#tasks.length,
      weight,
      clock: this.#clock(),
      flagged,
      host,
      node: nodeOf(scenario),
      ...(handIn(question) === 'file' && { file: answerFile }),
    });
  }

  /** Runs a line on the host of the task. */
  async #work(line: string): Promise<undefined> {
    if (this.#at === undefined) return this.#say('Go to a task first, by its number.');
    const task = this.#tasks[this.#at]!;
    return line === '' ? await this.#enter(task) : this.#shown(await this.#lessonOf(task).look(line));
  }

  /** `ssh cka2560`: the host of whichever task it is, as the base does not know which one is being read. */
  async #ssh(text: string): Promise<undefined> {
    const asked = sshLine(text);
    if (asked === undefined) return this.#say('Of ssh, there is `ssh HOST` and `ssh HOST COMMAND` here.');
    const { host, line } = asked;
    const task = this.#tasks.find((one) => one.host === host);
    if (task === undefined) return this.#shown(failure(`ssh: Could not resolve hostname ${host}: Name or service not known`));
    if (this.#at !== undefined && this.#at !== task.index) this.#say(`${host} is the host of task ${task.index + 1}, not of this one.`);
    if (this.#at === undefined) this.#open(task);
    return line === undefined ? await this.#enter(task) : this.#shown(await this.#lessonOf(task).look(line));
  }

  /** Hands the terminal of a task's host over. */
  async #enter(task: Task): Promise<undefined> {
    const { terminal, signal } = this.#settings;
    if (!terminal.interactive) return this.#say('By pipe, a command begins with `$ `.');
    const lesson = this.#lessonOf(task);
    this.#keep();
    const { separator } = terminal.theme.marks;
    const facts = () => [...(task.flagged ? ['flagged'] : []), `task ${task.index + 1} of ${this.#tasks.length}`, task.host];
    const showsBar = !terminal.theme.plain && process.env['TERM'] !== 'dumb';
    await lesson.enter({
      ahead: this.#settings.lines.takeAhead(),
      leaveHint: `${this.#clock()} left; task shows the task, exit or Ctrl-D goes back`,
      signal,
      words: { task: () => terminal.print(['', ...this.#task(task), '']) },
      farewell: ['logout', `Connection to ${task.host} closed.`],
      ...(showsBar && { bar: new ClockBar(process.stdout, () => [`${this.#clock()} left`, facts().join(` ${separator} `)]) }),
    });
    if (!signal.aborted) this.#show();
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
    const untouched = this.#tasks.filter((task) => !task.begun).length;
    const flagged = this.#tasks.filter((task) => task.flagged).length;
    const facts = [...(untouched > 0 ? [`${untouched} not begun`] : []), ...(flagged > 0 ? [`${flagged} flagged`] : [])];
    const line = await this.#settings.lines.next(() => `Hand it in${facts.length === 0 ? '' : ` (${facts.join(', ')})`}? yes or no › `);
    return line !== undefined && line !== 'interrupted' && /^y(es)?$/i.test(line.text.trim());
  }

  async #handIn(by: 'learner' | 'time'): Promise<ExamEnded> {
    const { clock, record, now, exam, seed } = this.#settings;
    this.#leave();
    const { used, pauses, pausedFor } = clock.state;
    this.#say(by === 'time' ? 'The time is over. What is there is graded.' : 'Handed in. It is graded now.');
    const results: ExamEnded['results'] = [];
    const answers: Entry[] = [];
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
      if (!task.begun) continue;
      answers.push({
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
      pauses,
      pausedSeconds: Math.round(pausedFor / 1000),
      percent,
      passed: percent >= passPercent,
      results,
    };
    for (const entry of [...answers, ended]) record(entry);
    return ended;
  }

  /** What a task is worth as it was left; undefined when it is at fault itself, so that it does not count. */
  async #grade(task: Task): Promise<Grade | undefined> {
    const { question } = task.item;
    const { sitting } = this.#lessonOf(task, task.begun);
    try {
      if (!task.begun) {
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
    const lesson = task.lesson ?? this.#settings.open(task.index);
    if (kept) {
      task.lesson = lesson;
      task.begun = true;
    }
    return lesson;
  }

  /** Leaves without handing in. */
  #left(): undefined {
    if (this.#settings.keep !== undefined)
      this.#say('The exam is kept: `cka-net exam` goes on with it. The time until then will be marked as a pause.');
    this.#keep();
  }

  #keep(): void {
    const { clock, keep } = this.#settings;
    const now = this.#at === undefined ? 0 : clock.used - this.#since;
    const tasks = this.#tasks.map(({ begun, flagged, spent, index }) => ({
      begun,
      flagged,
      spent: spent + (index === this.#at ? now : 0),
    }));
    keep?.({ at: this.#at, tasks });
  }

  /** Books the time that was spent on the task at hand. */
  #leave(): void {
    const { used } = this.#settings.clock;
    if (this.#at !== undefined) this.#tasks[this.#at]!.spent += used - this.#since;
    this.#at = undefined;
  }

  #keys(): readonly string[] {
    const host = this.#at === undefined ? '' : this.#tasks[this.#at]!.host;
    const inTask: readonly (readonly [string, string])[] = [
      [`ssh ${host}`, 'to work'],
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
    const { theme, columns } = this.#settings.terminal;
    const task = this.#at === undefined ? '' : columns < narrow ? ` ${this.#at + 1}` : ` task ${this.#at + 1}`;
    return `${theme.strong(this.#clock())}${theme.dim(task)} ${columns < narrow ? '' : 'candidate@'}base:~$ `;
  }

  #clock(): string {
    return clockText(this.#settings.clock.left / 1000);
  }

  #screen(): Screen {
    const { terminal } = this.#settings;
    return { columns: textColumns(terminal.columns), theme: terminal.theme };
  }

  #shown(output: Output): undefined {
    const text = textOf(output);
    if (text !== '') this.#settings.terminal.print(harmless(text).replace(/\n$/, '').split('\n'));
  }

  #say(text: string): undefined {
    const { columns, theme } = this.#screen();
    this.#settings.terminal.print(wrap(harmless(text), columns).map((line) => theme.dim(line)));
  }

  #print(lines: readonly string[]): void {
    this.#settings.terminal.print(['', ...lines]);
  }
}

function failure(line: string): Output {
  return { stdout: '', stderr: `${line}\n`, exitCode: 255 };
}

/** The node that the host is. */
function nodeOf(scenario: Scenario): string {
  const { nodes } = scenario.cluster;
  return (nodes.find((node) => (node.roles ?? []).includes('control-plane')) ?? nodes[0])?.name ?? 'controlplane';
}

/** The questions of a task that can be drawn. */
export function isTask({ question }: { readonly question: Question }): boolean {
  return handIn(question) !== undefined;
}
