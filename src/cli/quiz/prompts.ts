/** A person at a terminal, asked by inquirer's prompts. */
import inquirer from 'inquirer';
import { letter } from '#learn/choices.ts';
import type { Grade } from '#learn/grade.ts';
import { priceOf } from '#learn/hint.ts';
import { inline } from '#ui/markdown.ts';
import { keysView } from '#ui/quiz-view.ts';
import { Left } from '../failure.ts';
import { LineReader } from '../repl/line-reader.ts';
import type { Terminal } from '../terminal.ts';
import type { AfterVerdict, Asker, Moment, Reply } from './asker.ts';

interface Option<Value> {
  readonly name: string;
  readonly value: Value;
}

export class PromptAsker implements Asker {
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  async reply(moment: Moment): Promise<Reply> {
    const { asked } = moment;
    const { theme } = this.#terminal;
    switch (asked.mode) {
      case 'one': {
        const choices = asked.choices.map((text, index): Option<Reply> => ({
          name: `${letter(index)}  ${inline(text, theme)}`,
          value: { kind: 'answer', text },
        }));
        return await this.#select('Your answer', choices, this.#others(moment));
      }
      case 'text': {
        const write = await this.#select<Reply | 'write'>(
          'Your manifest',
          [{ name: 'Write it in the editor', value: 'write' }],
          this.#others(moment),
        );
        return write === 'write' ? await this.#edit(asked.template ?? '') : write;
      }
      case 'terminal': {
        const options: readonly Option<Reply>[] = [
          { name: 'Work in the terminal', value: { kind: 'look', line: undefined } },
          { name: 'Check what I have done', value: { kind: 'answer', text: '' } },
        ];
        return await this.#select('Your repair', moment.hasLooked ? [...options].reverse() : options, this.#others(moment).slice(1));
      }
      case 'many':
      case 'order':
      case 'line':
        return await this.#typed(moment);
    }
  }

  close(): void {
    // Every prompt has put the terminal back when it ended.
  }

  async after(grade: Grade, hasSolution: boolean): Promise<AfterVerdict> {
    const again: readonly Option<AfterVerdict>[] = grade.correct ? [] : [{ name: 'Try again, without points', value: 'again' }];
    const solution: readonly Option<AfterVerdict>[] = hasSolution ? [{ name: 'Show a solution', value: 'solution' }] : [];
    const next: Option<AfterVerdict> = { name: 'Next', value: 'next' };
    const look: Option<AfterVerdict> = { name: 'Look around in the terminal', value: 'look' };
    const flag: Option<AfterVerdict> = { name: 'Flag the question as bad', value: 'flag' };
    return await this.#select('Go on', hasSolution ? [...again, ...solution, next, look] : [next, ...again, look], [flag]);
  }

  async why(): Promise<string> {
    return await this.#line('What is wrong with it?');
  }

  async end(hasMistakes: boolean): Promise<'all' | 'mistakes' | 'leave'> {
    const mistakes: readonly Option<'all' | 'mistakes' | 'leave'>[] = hasMistakes
      ? [{ name: 'What was not right once more', value: 'mistakes' }]
      : [];
    return await this.#select(
      'Again?',
      [{ name: 'Enough for now', value: 'leave' }, ...mistakes, { name: 'All of it again', value: 'all' }],
      [],
    );
  }

  async confirm(message: string): Promise<boolean> {
    return await this.#select(
      message,
      [
        { name: 'Yes', value: true },
        { name: 'No', value: false },
      ],
      [],
    );
  }

  /** What one may do besides answering. */
  #others({ question, hintsShown, hasBefore }: Moment): readonly Option<Reply>[] {
    const hints = question.hints.length - hintsShown;
    return [
      { name: 'Look around in the terminal', value: { kind: 'look', line: undefined } },
      ...(hints > 0
        ? [{ name: `A hint (costs ${Math.round(priceOf(hintsShown) * 100)} % of the points)`, value: { kind: 'hint' } as const }]
        : []),
      { name: 'Skip the question', value: { kind: 'skip' } },
      ...(hasBefore ? [{ name: 'Back to the question before', value: { kind: 'back' } as const }] : []),
      { name: 'Flag the question as bad', value: { kind: 'flag', note: undefined } },
    ];
  }

  async #typed({ question, asked, hintsShown, hasBefore, hasLooked }: Moment): Promise<Reply> {
    const keys: (readonly [string, string])[] = [
      ['$', 'terminal'],
      ['$ COMMAND', 'look'],
      ...(question.hints.length > hintsShown ? ([['?', 'hint']] as const) : []),
      ['-', 'skip'],
      ...(hasBefore ? ([['<', 'back']] as const) : []),
      ['! WHY', 'flag a bad question'],
    ];
    const isFirst = hintsShown === 0 && !hasLooked;
    this.#terminal.print(isFirst ? keysView(keys, this.#terminal) : ['']);
    const text = await this.#something(`${capital(asked.form)}:`);
    const key = text.trim();
    if (key === '$') return { kind: 'look', line: undefined };
    if (key.startsWith('$ ')) return { kind: 'look', line: key.slice(2) };
    if (key === '?') return { kind: 'hint' };
    if (key === '-') return { kind: 'skip' };
    if (key === '<') return { kind: 'back' };
    if (key.startsWith('!')) return { kind: 'flag', note: key.slice(1).trim() };
    return { kind: 'answer', text };
  }

  /** A line with something in it: Enter alone is a slip, and no answer. */
  async #something(message: string): Promise<string> {
    const text = await this.#line(message);
    if (text.trim() !== '') return text;
    this.#terminal.print([this.#terminal.theme.dim('Type an answer, or - to skip.')]);
    return await this.#something(message);
  }

  /** A line, edited as in the terminal. */
  async #line(message: string): Promise<string> {
    const { theme } = this.#terminal;
    const reader = new LineReader({ input: process.stdin, output: process.stdout, terminal: true });
    try {
      const line = await reader.next(`${theme.accent(theme.plain ? '?' : '›')} ${theme.strong(message)} `);
      if (line === undefined || line === 'interrupted') throw new Left();
      return line.text;
    } finally {
      reader.close();
    }
  }

  async #edit(template: string): Promise<Reply> {
    const text = await this.#prompt<string>({
      type: 'editor',
      message: 'Manifest',
      default: template,
      postfix: '.yaml',
      waitForUserInput: false,
    });
    return { kind: 'answer', text };
  }

  async #select<Value>(message: string, options: readonly Option<Value>[], others: readonly Option<Value>[]): Promise<Value> {
    const separated = others.length === 0 ? options : [...options, new inquirer.Separator(this.#terminal.theme.dim(' ')), ...others];
    const choices = separated.map((one) => ('value' in one ? { ...one, short: one.name.trim() } : one));
    return await this.#prompt<Value>({ type: 'select', message, choices, loop: false, pageSize: Math.max(5, choices.length) });
  }

  async #prompt<Value>(question: Readonly<Record<string, unknown>>): Promise<Value> {
    // After Ctrl-Z and fg, readline leaves its input paused and expects somebody to prompt again.
    const goOn = () => void setImmediate(() => process.stdin.resume());
    process.on('SIGCONT', goOn);
    try {
      const asked = inquirer.prompt([{ ...question, name: 'value', theme: this.#look() }] as never) as unknown as Promise<{
        readonly value: Value;
      }>;
      return (await asked).value;
    } catch (error) {
      if (error instanceof Error && (error.name === 'ExitPromptError' || error.name === 'AbortPromptError')) throw new Left();
      throw error;
    } finally {
      process.off('SIGCONT', goOn);
    }
  }

  #look(): object {
    const { theme } = this.#terminal;
    const same = (text: string) => text;
    return {
      prefix: { idle: theme.accent(theme.plain ? '?' : '›'), done: theme.dim(theme.plain ? '>' : '›') },
      icon: { cursor: theme.plain ? '>' : '›' },
      style: {
        message: (text: string) => theme.strong(text),
        answer: theme.code,
        highlight: theme.code,
        error: (text: string) => theme.bad(text),
        defaultAnswer: (text: string) => theme.dim(`(${text})`),
        help: theme.dim,
        key: theme.code,
        disabled: theme.dim,
        description: same,
        keysHelpTip: () => undefined,
      },
    };
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
