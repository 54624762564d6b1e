/** The value with those of the defaults that it lacks; the value itself when it lacks none. An empty text counts as lacking. */
export function fill<T extends object>(value: T, defaults: Partial<T>): T {
  let filled: T | undefined;
  for (const key in defaults) {
    if (defaults[key] === undefined || (value[key] !== undefined && value[key] !== '')) continue;
    filled ??= { ...value };
    filled[key] = defaults[key] as T[typeof key];
  }
  return filled ?? value;
}

/** The list with `change` done to each; undefined stays undefined. */
export function each<T>(items: readonly T[] | undefined, change: (item: T) => T): readonly T[] | undefined {
  return items?.map(change);
}

/** The value with one field changed, if it has that field. */
export function change<T extends object, K extends keyof T>(value: T, key: K, by: (field: NonNullable<T[K]>) => T[K]): T {
  const field = value[key];
  if (field === undefined || field === null) return value;
  const changed = by(field);
  return changed === field ? value : { ...value, [key]: changed };
}
