/** What the tutor does at the terminal's prompt: the words of the lesson, beside the programs of the cluster. */
import { grade, solve, type Question } from '#learn/question.ts';
import type { Lesson } from '#lesson/lesson.ts';
import type { Snapshot } from '#node/snapshot.ts';
import { findingsView } from '#ui/grade-view.ts';
import { markdown } from '#ui/markdown.ts';
import { hintView, storyView } from '#ui/quiz-view.ts';
import { clip, harmless, wrap } from '#ui/text.ts';
import type { Terminal } from '../terminal.ts';

/** The words, and what each is for. */
const tutorWords: Readonly<Record<string, string>> = {
  story: 'what has happened, and what is asked',
  check: 'looks at what you have done',
  hint: 'the next hint; `hint 2` for the second question',
  solution: 'one way to do it; `solution 2` for the second question',
  undo: 'takes the last line that changed something back; `undo 3` the last three',
  reset: 'puts everything back as you first met it',
  'tutor-help': 'this list',
};

export class Tutor {
  readonly #lesson: Lesson;
  readonly #terminal: Terminal;
  readonly #changes: Snapshot[] = [];
  readonly #hints = new Map<Question, number>();
  readonly #words: readonly string[];

  /**
   * `helps`: it may be asked for hints and solutions. In the middle of a quiz, where they cost something, it only `undoes`; in an exam it
   * is `silent`.
   */
  constructor(lesson: Lesson, terminal: Terminal, role: 'helps' | 'undoes' | 'silent') {
    this.#lesson = lesson;
    this.#terminal = terminal;
    this.#words = { helps: Object.keys(tutorWords), undoes: ['undo', 'reset', 'tutor-help'], silent: [] }[role];
  }

  /** What it can be asked for here. */
  get words(): readonly string[] {
    return this.#words;
  }

  /** Keeps what was before a line, when it has changed something. What kernels remember of connections alone is no change. */
  keep(before: Snapshot): void {
    const { cluster, hosts, now } = this.#lesson.lab.snapshot;
    if (before.cluster !== cluster || before.hosts !== hosts || before.now !== now) this.#changes.push(before);
  }

  /** Does what a line asks the tutor for; false when it is none of the tutor's words. */
  async hears(line: string): Promise<boolean> {
    const [word = '', argument, ...more] = line.trim().split(/\s+/);
    if (!this.#words.includes(word) || more.length > 0 || (argument !== undefined && !/^\d+$/.test(argument))) return false;
    const number = argument === undefined ? undefined : Number(argument);
    switch (word) {
      case 'undo':
        this.#undo(number ?? 1);
        break;
      case 'reset':
        this.#reset();
        break;
      case 'check':
        await this.#check(number);
        break;
      case 'hint':
        this.#hint(number);
        break;
      case 'solution':
        await this.#solution(number);
        break;
      case 'story':
        this.tellStory();
        break;
      default:
        this.#say(this.#words.map((one) => `${one.padEnd(12)} ${this.#dim(tutorWords[one]!)}`));
    }
    return true;
  }

  /** The story, and what is asked. */
  tellStory(): void {
    const { scenario } = this.#lesson;
    this.#say([...storyView(scenario, scenario.questions.length, this.#screen)]);
    const several = scenario.questions.length > 1;
    for (const [i, question] of scenario.questions.entries())
      this.#say([
        '',
        ...(several ? [this.#dim(`Question ${i + 1}`)] : []),
        ...markdown(question.prompt, this.#screen.columns, this.#screen.theme),
      ]);
    if (scenario.questions.length > 0) this.#say(['']);
  }

  #undo(lines: number): void {
    const kept = this.#changes.length;
    const back = this.#changes.splice(Math.max(0, kept - lines))[0];
    if (back === undefined || lines === 0) this.#say([this.#dim('nothing has been changed yet')]);
    else {
      this.#lesson.lab.restore(back);
      const left = this.#changes.length;
      this.#say([
        this.#dim(
          `as it was before ${Math.min(lines, kept) === 1 ? 'that line' : `those ${Math.min(lines, kept)} lines`}${left === 0 ? '; that was the first change' : ''}`,
        ),
      ]);
    }
  }

  #reset(): void {
    this.#changes.push(this.#lesson.lab.snapshot);
    this.#lesson.reset();
    this.#say([this.#dim('everything is as you first met it (undo takes that back too)')]);
  }

  async #check(number: number | undefined): Promise<void> {
    const { cluster, seed } = this.#lesson;
    const repairs = this.#meant(number).filter(({ type }) => type === 'fix');
    if (repairs.length === 0) {
      this.#say([
        this.#dim(
          `there is nothing here that can be checked by looking at the cluster; \`cka-net quiz ${this.#lesson.scenario.name}\` asks`,
        ),
      ]);
      return;
    }
    const { columns, theme } = this.#screen;
    for (const question of repairs) {
      const verdict = await grade(question, '', { cluster, seed });
      const { marks } = theme;
      const head = verdict.correct ? theme.good(theme.strong(`${marks.right} Done`)) : theme.bad(theme.strong(`${marks.wrong} Not yet`));
      const shown =
        verdict.findings.length > 0 ? findingsView(verdict.findings, columns - 2, theme) : wrap(harmless(verdict.because), columns - 2);
      this.#say([head, ...shown.map((line) => `  ${line}`)]);
    }
  }

  #hint(number: number | undefined): void {
    const asked = this.#meant(number);
    const question = asked.find((one) => (this.#hints.get(one) ?? 0) < one.hints.length) ?? asked[0];
    if (question === undefined) return;
    const shown = this.#hints.get(question) ?? 0;
    this.#hints.set(question, shown + 1);
    if (this.#lesson.scenario.questions.length > 1) this.#say([this.#dim(this.#titleOf(question))]);
    this.#say(hintView(question, shown, { ...this.#screen, free: true }));
  }

  async #solution(number: number | undefined): Promise<void> {
    const { cluster, seed } = this.#lesson;
    const asked = this.#meant(number);
    const repairs = asked.filter(({ type }) => type === 'fix');
    for (const question of repairs.length > 0 && number === undefined ? repairs : asked) {
      const answer = harmless(await solve(question, { cluster, seed })).trimEnd();
      if (asked.length > 1) this.#say([this.#dim(this.#titleOf(question))]);
      this.#say(answer.split('\n').map((line) => `  ${this.#screen.theme.code(line)}`));
    }
  }

  /** The question of that number, or all; says so when there is none. */
  #meant(number: number | undefined): readonly Question[] {
    const { questions } = this.#lesson.scenario;
    if (questions.length === 0) this.#say([this.#dim('this scenario asks nothing')]);
    else if (number !== undefined && questions[number - 1] === undefined) this.#say([this.#dim(`there are ${questions.length} questions`)]);
    return number === undefined ? questions : questions.slice(number - 1, number);
  }

  #titleOf(question: Question): string {
    const first = harmless(question.prompt).trim().split('\n')[0]!;
    return clip(`${this.#lesson.scenario.questions.indexOf(question) + 1}. ${first}`, this.#screen.columns);
  }

  get #screen() {
    const { columns, theme } = this.#terminal;
    return { columns, theme };
  }

  #dim(text: string): string {
    return this.#terminal.theme.dim(text);
  }

  #say(lines: readonly string[]): void {
    this.#terminal.note(lines);
  }
}

/** Programs that candidates know and that these machines do not have, with what there is instead. */
const elsewhere: readonly (readonly [names: string, instead: string])[] = [
  ['helm', 'helm is not simulated; manifests can be applied with kubectl'],
  ['docker podman nerdctl ctr', 'these nodes run containerd; crictl shows its containers and images'],
  ['apt apt-get apt-mark apt-cache dpkg dnf yum apk snap gpg', 'packages are not simulated: nothing can be installed or upgraded here'],
  ['etcdctl etcdutl', 'what etcd stores is not simulated; kubectl shows the objects'],
  ['tcpdump tshark nmap', 'packets cannot be caught here; `cka-net trace` walks one hop by hop'],
  ['minikube kind k3s k9s kubectx kubens', 'this cluster was made with kubeadm, and kubectl is its only client'],
  ['calicoctl cilium hubble istioctl', 'this client is not simulated; kubectl shows the objects that it would'],
  ['git make python python3 perl go node', 'development tools are not simulated'],
  ['tmux screen', 'the terminal is one window; `ssh` goes to other nodes'],
];

/** What the tutor says of a program that the shell has not found; undefined when there is nothing to say. */
export function noteOnMissing(stderr: string): string | undefined {
  const missing = /(?:^|: )(?:line \d+: )?([\w.-]+): command not found/m.exec(stderr)?.[1];
  return missing === undefined ? undefined : elsewhere.find(([names]) => names.split(' ').includes(missing))?.[1];
}
