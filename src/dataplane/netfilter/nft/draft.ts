/** Tables of nftables under change. */
import type { NftBase, NftChain, NftElement, NftRule, NftSet, NftTable } from '#node/nftables.ts';
import { anonymousSets, numbered } from './handles.ts';
import { isReferenced, type Reference } from './references.ts';

interface DraftChain extends Omit<NftChain, 'rules'> {
  readonly rules: NftRule[];
}

interface DraftSet {
  set: Omit<NftSet, 'elements'>;
  readonly elements: Map<string, NftElement>;
}

export function keyText({ key }: NftElement): string {
  return key.join(' . ');
}

/** One table, with its own copies of what can change. Everything in it has a handle. */
export class TableDraft {
  readonly #table: NftTable;
  readonly #chains: Map<string, DraftChain>;
  readonly #sets: Map<string, DraftSet>;
  #last: number;

  constructor(base: NftTable) {
    this.#table = numbered(base);
    this.#last = this.#table.lastHandle!;
    this.#chains = new Map([...this.#table.chains].map(([name, chain]) => [name, { ...chain, rules: [...chain.rules] }]));
    this.#sets = new Map(
      [...this.#table.sets].map(([name, { elements, ...set }]) => [
        name,
        { set, elements: new Map(elements.map((one) => [keyText(one), one])) },
      ]),
    );
  }

  get family(): NftTable['family'] {
    return this.#table.family;
  }

  get name(): string {
    return this.#table.name;
  }

  publish(): NftTable {
    const sets = [...this.#sets].map(([name, { set, elements }]): [string, NftSet] => [name, { ...set, elements: [...elements.values()] }]);
    return { ...this.#table, chains: new Map(this.#chains), sets: new Map(sets), lastHandle: this.#last };
  }

  get chains(): Iterable<DraftChain> {
    return this.#chains.values();
  }

  get sets(): Iterable<Omit<NftSet, 'elements'>> {
    return [...this.#sets.values()].map(({ set }) => set);
  }

  chain(name: string): DraftChain | undefined {
    return this.#chains.get(name);
  }

  set(name: string): DraftSet | undefined {
    return this.#sets.get(name);
  }

  addChain({ rules: _rules, ...chain }: NftChain): void {
    this.#chains.set(chain.name, { ...chain, rules: [], handle: ++this.#last });
  }

  setPolicy(chain: DraftChain, policy: NftBase['policy']): void {
    if (chain.base !== undefined) this.#chains.set(chain.name, { ...chain, base: { ...chain.base, policy } });
  }

  deleteChain(name: string): void {
    this.#chains.delete(name);
  }

  addSet({ elements: _elements, ...set }: NftSet): void {
    this.#sets.set(set.name, { set: { ...set, handle: ++this.#last }, elements: new Map() });
  }

  deleteSet(name: string): void {
    this.#sets.delete(name);
  }

  /** A rule before the one that is at that place now. */
  addRule(chain: DraftChain, rule: NftRule, at: number): void {
    this.#last += anonymousSets(rule) + 1;
    chain.rules.splice(at, 0, { ...rule, handle: this.#last });
  }

  replaceRule(chain: DraftChain, rule: NftRule, at: number): void {
    chain.rules.splice(at, 1);
    this.addRule(chain, rule, at);
  }

  isReferenced(reference: Reference): boolean {
    const sets = [...this.#sets.values()].map(({ elements }) => ({ elements: elements.values() }));
    return isReferenced(reference, this.#chains.values(), sets);
  }
}
