/** Amounts of resources, as Go's `resource.Quantity` prints them. */
import { parseQuantity, quantityText, type Quantity } from '#kube/quantity.ts';

export type ResourceList = Readonly<Record<string, string | number>>;

const nothing: Quantity = { nanos: 0n, format: 'DecimalSI' };

/** The amount that a text says; zero for none. */
export function amountOf(value: string | number | undefined): Quantity {
  return (value === undefined ? undefined : parseQuantity(String(value))) ?? nothing;
}

/** An amount in its one canonical form; `0` for none. */
export function amountText(value: string | number | undefined): string {
  return quantityText(amountOf(value));
}

/** `name: amount` of every resource, names sorted. */
export function amountLines(resources: ResourceList): readonly string[] {
  return Object.keys(resources)
    .sort()
    .map((name) => `${name}:\t${amountText(resources[name])}`);
}
