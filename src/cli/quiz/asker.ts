import type { Grade } from '#learn/grade.ts';
import type { Question } from '#learn/question.ts';
import type { Asked } from '#learn/questions/kind.ts';

/** What somebody who is asked may do. */
export type Reply =
  | { readonly kind: 'answer'; readonly text: string }
  /** Look around: run one line, or open the terminal. */
  | { readonly kind: 'look'; readonly line: string | undefined }
  | { readonly kind: 'hint' }
  | { readonly kind: 'skip' }
  | { readonly kind: 'back' }
  /** The question is bad; why has to be asked for when it is not said. */
  | { readonly kind: 'flag'; readonly note: string | undefined };

export interface Moment {
  readonly question: Question;
  readonly asked: Asked;
  readonly hintsShown: number;
  /** Whether there is a question before this one. */
  readonly hasBefore: boolean;
  /** The learner has been in the terminal since the question was put. */
  readonly hasLooked: boolean;
}

export type AfterVerdict = 'next' | 'again' | 'look' | 'solution' | 'flag';

/** Who asks: a person at a terminal, or a script through a pipe. Every method throws `Left` when there is nobody any more. */
export interface Asker {
  reply(moment: Moment): Promise<Reply>;
  /** After a verdict. */
  after(grade: Grade, hasSolution: boolean): Promise<AfterVerdict>;
  /** After a round. */
  end(hasMistakes: boolean): Promise<'all' | 'mistakes' | 'leave'>;
  confirm(message: string): Promise<boolean>;
  /** What is wrong with a question. */
  why(): Promise<string>;
  close(): void;
}
