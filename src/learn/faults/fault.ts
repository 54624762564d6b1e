/** A way in which cluster networking breaks: what breaks it, what then can be seen, what mends it. */
import type { Condition } from '../check.ts';
import type { Topic } from '../curriculum.ts';
import type { GroundName } from './grounds.ts';

/** Where a fault strikes: names of objects, nodes and values. */
export type Parameters = Readonly<Record<string, string>>;

export interface Fault {
  /** How scenarios call it. */
  readonly name: string;
  /** Its row in the catalogue of sixty faults; rows may have several faults. */
  readonly row: number;
  readonly topic: Topic;
  /** What is wrong, as a sentence without its full stop. */
  readonly title: string;
  /** What a learner meets first. */
  readonly symptom: string;
  /** The healthy cluster that its parameters fit as they are. */
  readonly ground: GroundName;
  readonly parameters: Parameters;
  /** Shell lines for the control plane of a healthy cluster. */
  breakLines(parameters: Parameters): string;
  /** Shell lines that mend it. */
  mendLines(parameters: Parameters): string;
  /** What is so while it is broken, and neither before nor after it is mended. */
  shows(parameters: Parameters): readonly Condition[];
  /** What works while nothing is broken, and a repair has to bring about; undefined where the absence of all signs says it well enough. */
  mended(parameters: Parameters): readonly Condition[] | undefined;
  /** A command line whose output gives it away. */
  evidence(parameters: Parameters): string;
  /** The page of the official documentation. */
  readonly docs: string;
}

/** A fault as the catalogue writes it: its functions know their parameters. */
interface Written<P extends Parameters> {
  readonly name: string;
  readonly row: number;
  readonly topic: Topic;
  readonly title: string;
  readonly symptom: string;
  readonly ground?: GroundName;
  readonly parameters: P;
  readonly breaks: (p: P) => string;
  readonly mends: (p: P) => string;
  readonly shows: (p: P) => readonly Condition[];
  readonly mended?: (p: P) => readonly Condition[];
  readonly evidence: (p: P) => string;
  readonly docs: string;
}

/** Defines a fault; on the ground `shop` when it names none. */
export function fault<const P extends Parameters>({ breaks, mends, shows, mended, evidence, ground = 'shop', ...rest }: Written<P>): Fault {
  const filled = (parameters: Parameters) => ({ ...rest.parameters, ...parameters });
  return {
    ...rest,
    ground,
    breakLines: (parameters) => breaks(filled(parameters)).trim(),
    mendLines: (parameters) => mends(filled(parameters)).trim(),
    shows: (parameters) => shows(filled(parameters)),
    mended: (parameters) => mended?.(filled(parameters)),
    evidence: (parameters) => evidence(filled(parameters)),
  };
}
