import { stream } from '#kube/chance.ts';

/** The items in an order that follows from the seed alone. */
export function shuffled<T>(items: readonly T[], seed: string): readonly T[] {
  const draw = stream(seed);
  const out = [...items];
  for (let i = out.length - 1; i > 0; i--) {
    const j = draw() % (i + 1);
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}
