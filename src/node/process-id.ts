/** The number of a container's first process on its host. It looks like one: the same container always has the same. */
export function processId(sandboxId: string, container: string): number {
  let h = 7;
  for (const char of sandboxId.slice(0, 12) + container) h = (h * 31 + char.charCodeAt(0)) % 30_000;
  return 2000 + h;
}
