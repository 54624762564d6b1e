/** A host's (or a container's) files: a persistent tree, addressed by absolute path. Directories stand in it like files. */

export type FileNode =
  | { readonly kind: 'file'; readonly content: string; readonly mode: number; readonly modified: string }
  | { readonly kind: 'directory'; readonly mode: number; readonly modified: string }
  | { readonly kind: 'symlink'; readonly target: string; readonly modified: string };

export type FileTree = ReadonlyMap<string, FileNode>;

export const emptyTree: FileTree = new Map([['/', { kind: 'directory', mode: 0o755, modified: '1970-01-01T00:00:00Z' }]]);

/** `/a/../b//c` → `/b/c`; relative paths are taken from `cwd`. */
export function normalize(path: string, cwd = '/'): string {
  if (isNormal(path)) return path;
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${cwd}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** Reports whether an absolute path has nothing in it that {@link normalize} would take out; one with hidden files may have none either. */
function isNormal(path: string): boolean {
  return path.length > 1 && path[0] === '/' && !path.endsWith('/') && !path.includes('//') && !path.includes('/.');
}

export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash <= 0 ? '/' : path.slice(0, slash);
}

/** Follows symbolic links in every part of the path; undefined when something on the way is missing or loops. */
export function resolve(tree: FileTree, path: string): string | undefined {
  let current = normalize(path);
  for (let hops = 0; hops < 40; hops++) {
    const link = firstLink(tree, current);
    if (link === undefined) return tree.has(current) ? current : undefined;
    const rest = current.slice(link.length);
    const node = tree.get(link) as { readonly target: string };
    current = normalize(node.target + rest, parentOf(link));
  }
  return undefined;
}

function firstLink(tree: FileTree, path: string): string | undefined {
  for (let slash = path.indexOf('/', 1); ; slash = path.indexOf('/', slash + 1)) {
    const prefix = slash < 0 ? path : path.slice(0, slash);
    if (tree.get(prefix)?.kind === 'symlink') return prefix;
    if (slash < 0) return undefined;
  }
}

/** The text of a file, links followed; undefined when there is none. */
export function readFile(tree: FileTree, path: string): string | undefined {
  const found = resolve(tree, path);
  const node = found === undefined ? undefined : tree.get(found);
  return node?.kind === 'file' ? node.content : undefined;
}

/** Names in a directory, sorted bytewise; undefined when there is no such directory. */
export function listDirectory(tree: FileTree, path: string): readonly string[] | undefined {
  const found = resolve(tree, path);
  if (found === undefined || tree.get(found)?.kind !== 'directory') return undefined;
  const prefix = found === '/' ? '/' : `${found}/`;
  const names: string[] = [];
  for (const one of tree.keys())
    if (one.length > prefix.length && one.startsWith(prefix) && !one.includes('/', prefix.length)) names.push(one.slice(prefix.length));
  return names.sort();
}

/** The tree with these files written (undefined: removed, with all below), parents made. One copy however many files. */
export function withFiles(
  tree: FileTree,
  changes: Iterable<readonly [path: string, content: string | FileNode | undefined]>,
  modified: string,
): Map<string, FileNode> {
  const next = new Map(tree);
  for (const [path, content] of changes) putFile(next, path, content, modified);
  return next;
}

/** Writes one file into a tree that is still nobody else's, as {@link withFiles} does. */
export function putFile(tree: Map<string, FileNode>, path: string, content: string | FileNode | undefined, modified: string): void {
  if (content === undefined) {
    for (const one of tree.keys()) if (one === path || one.startsWith(`${path}/`)) tree.delete(one);
    return;
  }
  for (let parent = parentOf(path); !tree.has(parent); parent = parentOf(parent))
    tree.set(parent, { kind: 'directory', mode: 0o755, modified });
  const old = tree.get(path);
  tree.set(
    path,
    typeof content === 'string' ? { kind: 'file', content, mode: old?.kind === 'file' ? old.mode : 0o644, modified } : content,
  );
}
