/** A token stands for a value of which only matters whether it is still the same: equal to itself alone, and compared at once. */
export type Token = symbol;

const tokens = new WeakMap<object, Token>();

export function newToken(of: string): Token {
  return Symbol(of);
}

/** The token of a value; always the same for the same one. */
export function tokenOf(value: object): Token {
  let token = tokens.get(value);
  if (token === undefined) giveToken(value, (token = newToken('value')));
  return token;
}

/** The token of a value that somebody has asked for. */
export function knownToken(value: object): Token | undefined {
  return tokens.get(value);
}

/** Lets a token stand for this value from now on: for values that are read again. */
export function giveToken(value: object, token: Token): void {
  tokens.set(value, token);
}
