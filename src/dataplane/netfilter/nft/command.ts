/** What a line of nft's language asks for, and what is wrong with it. */
import type { NftBase, NftChain, NftElement, NftFamily, NftRule, NftSet } from '#node/nftables.ts';
import type { Token } from './tokens.ts';

/** A mistake at a place of the input. */
export class NftError extends Error {
  readonly line: number;
  readonly column: number;
  readonly length: number;
  /** Another place of that line, underlined with tildes. */
  readonly also: Span | undefined;

  constructor(message: string, { line, column }: Pick<Token, 'line' | 'column'>, length: number, also?: Span) {
    super(message);
    this.line = line;
    this.column = column;
    this.length = length;
    this.also = also;
  }
}

export interface Span {
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

export type Action = 'add' | 'create' | 'insert' | 'replace' | 'delete' | 'flush' | 'list' | 'get';

/** What names an object, with the tokens to point at. */
export interface ObjectName {
  readonly family: NftFamily;
  readonly table: string;
  readonly tableToken: Token;
  readonly name?: string;
  readonly nameToken?: Token;
}

export type NftCommand =
  | { readonly kind: 'ruleset'; readonly action: 'flush' | 'list'; readonly family?: NftFamily }
  | { readonly kind: 'all'; readonly what: 'tables' | 'chains' | 'sets' | 'maps'; readonly family?: NftFamily }
  | {
      readonly kind: 'table';
      readonly action: Action;
      readonly of: ObjectName;
      readonly comment?: string;
      readonly flags?: readonly string[];
      readonly contents: readonly NftCommand[];
    }
  | {
      readonly kind: 'chain';
      readonly action: Action;
      readonly of: ObjectName;
      readonly base?: NftBase;
      /** Said by itself, too: of a chain that is there already. */
      readonly policy?: NftBase['policy'];
      readonly comment?: string;
      readonly rules: readonly ParsedRule[];
      /** The command as a whole. */
      readonly whole: Span;
    }
  | {
      readonly kind: 'set';
      readonly action: Action;
      readonly of: ObjectName;
      readonly set?: NftSet;
      readonly map: boolean;
      readonly references?: ParsedRule['references'];
    }
  | {
      readonly kind: 'element';
      readonly action: Action;
      readonly of: ObjectName;
      readonly elements: readonly ParsedElement[];
      readonly references: ParsedRule['references'];
      /** The command as a whole. */
      readonly whole: Span;
    }
  | {
      readonly kind: 'rule';
      readonly action: Action;
      readonly of: ObjectName;
      readonly rule?: ParsedRule;
      readonly position?: Position;
    };

/** `handle 7`, `index 2`, with its place. */
export interface Position {
  readonly by: 'handle' | 'index';
  readonly number: number;
  readonly span: Span;
}

export interface ParsedElement {
  readonly element: NftElement;
  readonly span: Span;
}

export interface ParsedRule {
  readonly rule: NftRule;
  readonly span: Span;
  /** Chains and sets the rule leads to, with where they are named. */
  readonly references: readonly { readonly kind: 'chain' | 'set'; readonly name: string; readonly token: Token }[];
}

export function chainOf(command: NftCommand & { readonly kind: 'chain' }): NftChain {
  const { of, base, comment, rules } = command;
  return {
    name: of.name!,
    ...(base !== undefined && { base }),
    ...(comment !== undefined && { comment }),
    rules: rules.map(({ rule }) => rule),
  };
}
