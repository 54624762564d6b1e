/** How iptables fails. (libxtables/xtables.c, xtables_error; iptables/xshared.c) */

/** A mistake in the arguments: status 2, with the hint to `-h`. `bare` leaves out the program's name. */
export class ParameterProblem extends Error {
  readonly bare: boolean;

  constructor(message: string, bare = false) {
    super(message);
    this.bare = bare;
  }
}

/** What the kernel or the rules as they are refuse: status 1, or 4 where the kernel's own words are shown. */
export class RuleProblem extends Error {
  readonly status: 1 | 4;

  constructor(message: string, status: 1 | 4 = 1) {
    super(message);
    this.status = status;
  }
}

export const noSuchChain = 'No chain/target/match by that name.';
export const noSuchRule = 'Bad rule (does a matching rule exist in that chain?).';
