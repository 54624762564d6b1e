/** `-o custom-columns=NAME:.metadata.name,…` (staging:kubectl/pkg/cmd/get/customcolumn.go). */
import { valueText } from '#kube/json.ts';
import { parseJsonPath } from '#kube/jsonpath.ts';
import type { KubeObject } from '#kube/object.ts';
import { normalize } from '#node/files.ts';
import { alignTabs } from '../../../columns.ts';
import type { Io } from '../../../command.ts';
import type { Printer } from './printer.ts';
import { relaxedJsonPath } from './sort.ts';
import { escapeTerminal } from './table.ts';
import { KubectlError } from '../errors.ts';

interface Column {
  readonly header: string;
  readonly path: string;
}

export function columnsFromSpec(spec: string): readonly Column[] {
  if (spec === '') throw new KubectlError('custom-columns format specified but no custom columns given');
  return spec.split(',').map((part) => {
    const colon = part.indexOf(':');
    if (colon < 0) throw new KubectlError(`unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`);
    return { header: part.slice(0, colon), path: relaxedJsonPath(part.slice(colon + 1)) };
  });
}

/** Two lines of words: headers, and the paths under them. */
export function columnsFromFile(file: string, io: Io): readonly Column[] {
  const text = io.files.read(normalize(file, io.cwd));
  if (text === undefined) throw new KubectlError(`error reading template ${file}, open ${file}: no such file or directory`);
  const expected = 'Expected format is one line of space separated headers, one line of space separated column specs.';
  const [headers, paths] = text
    .split('\n')
    .slice(0, 2)
    .map((line) => line.split(/\s+/).filter((one) => one !== ''));
  if (headers === undefined || text === '') throw new KubectlError(`invalid template, missing header line. ${expected}`);
  if (paths === undefined || !text.includes('\n')) throw new KubectlError(`invalid template, missing spec line. ${expected}`);
  if (headers.length !== paths.length)
    throw new KubectlError(`number of headers (${headers.length}) and field specifications (${paths.length}) don't match`);
  return headers.map((header, i) => ({ header, path: relaxedJsonPath(paths[i]!) }));
}

export function customColumnsPrinter(columns: readonly Column[], noHeaders: boolean): Printer {
  let printed = '';
  return {
    print: (object, out) => {
      const paths = columns.map(({ path }) => {
        const parsed = parseJsonPath(path, { allowMissingKeys: true });
        if (!parsed.ok) throw new KubectlError(parsed.error);
        return parsed.value;
      });
      const { items } = object as { readonly items?: readonly KubeObject[] };
      const type = Array.isArray(items) ? 'list' : 'object';
      const lines = noHeaders || printed === type ? [] : [columns.map(({ header }) => header).join('\t')];
      printed = type;
      for (const one of Array.isArray(items) ? items : [object]) {
        const cells = paths.map((path) => {
          const found = path.find(one);
          if (!found.ok) throw new KubectlError(found.error);
          const values = found.value.flat();
          return found.value.length === 0 || found.value[0]!.length === 0
            ? '<none>'
            : values.map((value) => escapeTerminal(valueText(value))).join(',');
        });
        lines.push(cells.join('\t'));
      }
      if (lines.length > 0) out(alignTabs(`${lines.join('\n')}\n`));
    },
  };
}
