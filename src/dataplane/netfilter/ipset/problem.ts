/** How ipset fails: status 1, or 2 with the hint to its help where the arguments are wrong. */
export class IpsetProblem extends Error {
  readonly status: 1 | 2;

  constructor(message: string, status: 1 | 2 = 1) {
    super(message);
    this.status = status;
  }
}

export function syntaxError(message: string): IpsetProblem {
  return new IpsetProblem(`Syntax error: ${message}`);
}
