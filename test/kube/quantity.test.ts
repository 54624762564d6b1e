import { describe, expect, it } from '@jest/globals';
import {
  addQuantities,
  compareQuantities,
  milliUnits,
  parseQuantity,
  quantityText,
  readQuantity,
  subtractQuantities,
  wholeUnits,
} from '#kube/quantity.ts';

describe('the canonical form', () => {
  it.each([
    ['0', '0'],
    ['0.0Gi', '0'],
    ['Gi', '0'],
    ['1', '1'],
    ['+1', '1'],
    ['-1.5', '-1500m'],
    ['0.5', '500m'],
    ['.5', '500m'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['1500', '1500'],
    ['100000', '100k'],
    ['2000M', '2G'],
    ['64Mi', '64Mi'],
    ['1024Mi', '1Gi'],
    ['1536Mi', '1536Mi'],
    ['1.5Gi', '1536Mi'],
    ['512', '512'],
    ['0.5Ki', '512'],
    ['1024Ki', '1Mi'],
    ['8131832Ki', '8131832Ki'],
    ['74748089426', '74748089426'],
    ['1e3', '1e3'],
    ['12e2', '1200'],
    ['1E6', '1e6'],
    ['1E', '1E'],
    ['1Ei', '1Ei'],
    ['0.1n', '1n'],
    ['1.0001m', '1000100n'],
  ])('%s → %s', (text, want) => expect(quantityText(parseQuantity(text)!)).toBe(want));
});

describe('texts that are no quantity', () => {
  const form = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
  it.each([
    ['', form],
    ['much', form],
    ['1 Gi', form],
    ['1GB', form],
    ['1gi', form],
    ['1mi', "unable to parse quantity's suffix"],
    ['1Kk', "unable to parse quantity's suffix"],
    ['1K', "unable to parse quantity's suffix"],
  ])('%s: %s', (text, want) => expect(readQuantity(text)).toEqual({ ok: false, error: want }));
});

describe('arithmetic', () => {
  const q = (text: string) => parseQuantity(text)!;
  it.each([
    ['100m', '900m', '1'],
    ['64Mi', '64Mi', '128Mi'],
    ['0', '1Gi', '1Gi'],
    ['1Gi', '1G', '2073741824'],
  ])('%s + %s = %s', (a, b, sum) => {
    expect(quantityText(addQuantities(q(a), q(b)))).toBe(sum);
    expect(compareQuantities(subtractQuantities(q(sum), q(b)), q(a))).toBe(0);
  });
  it.each([
    ['1', '1000m', 0],
    ['1Gi', '1G', 1],
    ['999m', '1', -1],
    ['-1', '0', -1],
  ])('%s against %s: %s', (a, b, want) => expect(compareQuantities(q(a), q(b))).toBe(want));
  it.each([
    ['100m', 1, 100],
    ['1500m', 2, 1500],
    ['2Ki', 2048, 2048000],
    ['1u', 1, 1],
  ])('%s is %s whole, %s thousandths', (text, whole, milli) => {
    expect(wholeUnits(q(text))).toBe(whole);
    expect(milliUnits(q(text))).toBe(milli);
  });
});
