/** A very small `kubectl get`: it finds resources by discovery, asks for tables and pads their cells. */
import type { Lab } from '#lab/lab.ts';
import { handle } from '#apiserver/handle.ts';
import type { ApiRequest, ApiResponse } from '#apiserver/request.ts';

interface Found {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly namespaced: boolean;
}

interface Options {
  namespace: string;
  all: boolean;
  wide: boolean;
  headers: boolean;
  showLabels: boolean;
  ignoreNotFound: boolean;
  labelColumns: readonly string[];
  subresource: string;
  user: NonNullable<ApiRequest['user']>;
  headersSent: Record<string, string>;
  readonly query: Record<string, string>;
  readonly words: string[];
}

export interface Printed {
  readonly stdout: string;
  readonly stderr: string;
}

function words(command: string): readonly string[] {
  return [...command.matchAll(/(?:'([^']*)'|([^\s']+))+/g)].map((match) => match[0].replaceAll("'", ''));
}

function parse(command: string): Options {
  const options: Options = {
    namespace: 'default',
    all: false,
    wide: false,
    headers: true,
    showLabels: false,
    ignoreNotFound: false,
    labelColumns: [],
    subresource: '',
    user: { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] },
    headersSent: {},
    query: {},
    words: [],
  };
  const args = [...words(command)].slice(1);
  const value = (flag: string, arg: string) => (arg.length > flag.length ? arg.slice(flag.length).replace(/^=/, '') : args.shift()!);
  for (let arg = args.shift(); arg !== undefined; arg = args.shift()) {
    if (arg === 'get') continue;
    else if (arg === '-A') options.all = true;
    else if (arg === '--no-headers') options.headers = false;
    else if (arg === '--show-labels') options.showLabels = true;
    else if (arg === '--ignore-not-found') options.ignoreNotFound = true;
    else if (arg.startsWith('--label-columns')) options.labelColumns = value('--label-columns', arg).split(',');
    else if (arg.startsWith('-L')) options.labelColumns = value('-L', arg).split(',');
    else if (arg.startsWith('--field-selector')) options.query['fieldSelector'] = value('--field-selector', arg);
    else if (arg.startsWith('--subresource')) options.subresource = value('--subresource', arg);
    else if (arg.startsWith('--as')) options.headersSent = { 'Impersonate-User': value('--as', arg) };
    else if (arg === '--context=jane@market')
      Object.assign(options, { namespace: 'market', user: { name: 'jane', groups: ['stallholders', 'system:authenticated'] } });
    else if (arg.startsWith('-n')) options.namespace = value('-n', arg);
    else if (arg.startsWith('-l')) options.query['labelSelector'] = value('-l', arg);
    else if (arg.startsWith('-o')) options.wide = value('-o', arg) === 'wide';
    else if (arg.startsWith('-')) throw new Error(`flag ${arg}`);
    else options.words.push(arg);
  }
  return options;
}

interface AggregatedGroup {
  readonly metadata: { readonly name?: string };
  readonly versions: readonly {
    readonly version: string;
    readonly resources: readonly {
      readonly resource: string;
      readonly scope: string;
      readonly singularResource: string;
      readonly shortNames?: readonly string[];
      readonly categories?: readonly string[];
    }[];
  }[];
}

interface Table {
  readonly columnDefinitions: readonly { readonly name: string; readonly priority: number }[];
  readonly rows: readonly {
    readonly cells: readonly unknown[];
    readonly object: { readonly metadata: { readonly namespace?: string; readonly labels?: Readonly<Record<string, string>> } };
  }[];
}

const tableType = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

/** Runs one command line on the lab. */
export function kubectlGet(lab: Lab, command: string): Printed {
  const options = parse(command);
  const send = (path: string, accept: string, user = options.user, headers: Record<string, string> = {}): ApiResponse =>
    handle(lab, { method: 'GET', path, query: new URLSearchParams(options.query), headers: { Accept: accept, ...headers }, user });

  const admin = { name: 'admin', groups: ['system:masters'] };
  const served = ['/api', '/apis'].flatMap(
    (path) =>
      (
        send(path, 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList', admin).body as {
          readonly items: readonly AggregatedGroup[];
        }
      ).items,
  );
  const all = served.flatMap(({ metadata, versions }) =>
    versions.flatMap(({ version, resources }) =>
      resources.map((one) => ({
        group: metadata.name ?? '',
        version,
        plural: one.resource,
        namespaced: one.scope === 'Namespaced',
        singular: one.singularResource,
        names: [one.resource, one.singularResource],
        short: one.shortNames ?? [],
        categories: one.categories ?? [],
      })),
    ),
  );
  const find = (word: string): readonly Found[] => {
    const [name = '', ...rest] = word.toLowerCase().split('.');
    const group = rest.length > 1 && /^v\d/.test(rest[0]!) ? rest.slice(1).join('.') : rest.join('.');
    const candidates = rest.length === 0 ? all : all.filter((one) => one.group === group);
    const category = all.filter(({ categories }) => categories.includes(word));
    if (category.length > 0) return category;
    const found = candidates.find(({ names }) => names.includes(name)) ?? candidates.find(({ short }) => short.includes(name));
    return found === undefined ? [] : [found];
  };

  let stderr = '';
  const targets: { readonly found: Found; readonly name: string }[] = [];
  const [first = '', ...names] = options.words;
  if (options.words.some((word) => word.includes('/'))) {
    for (const word of options.words) targets.push({ found: find(word.split('/')[0]!)[0]!, name: word.split('/')[1]! });
  } else {
    for (const word of first.split(',')) {
      const found = find(word);
      if (found.length === 0)
        return { stdout: '', stderr: `error: the server doesn't have a resource type ${JSON.stringify(word.split('.')[0])}\n` };
      for (const one of found) for (const name of names.length === 0 ? [''] : names) targets.push({ found: one, name });
    }
  }

  const tables: { readonly found: Found; readonly table: Table }[] = [];
  for (const { found, name } of targets) {
    const base = found.group === '' ? `/api/${found.version}` : `/apis/${found.group}/${found.version}`;
    const namespace = found.namespaced && !options.all ? `/namespaces/${options.namespace}` : '';
    const path = `${base}${namespace}/${found.plural}${name === '' ? '' : `/${name}`}${options.subresource === '' ? '' : `/${options.subresource}`}`;
    const response = send(path, tableType, options.user, options.headersSent);
    for (const warning of response.warnings) if (!stderr.includes(warning)) stderr += `Warning: ${warning}\n`;
    if (response.code === 200) {
      const last = tables.at(-1);
      if (last?.found === found)
        tables[tables.length - 1] = { found, table: { ...last.table, rows: [...last.table.rows, ...(response.body as Table).rows] } };
      else tables.push({ found, table: response.body as Table });
    } else {
      const status = response.body as { readonly reason: string; readonly message: string };
      if (status.reason === 'NotFound' && options.ignoreNotFound) continue;
      const selectors = `Unable to find ${JSON.stringify(`${found.group}/${found.version}, Resource=${found.plural}`)} that match label selector "${options.query['labelSelector'] ?? ''}", field selector "${options.query['fieldSelector'] ?? ''}": `;
      stderr += `Error from server (${status.reason}): ${status.reason === 'BadRequest' ? selectors : ''}${status.message}\n`;
    }
  }

  const shown = tables.filter(({ table }) => table.rows.length > 0);
  if (tables.length > 0 && shown.length === 0) {
    const scoped = targets.some(({ found }) => found.namespaced) && !options.all;
    stderr += scoped ? `No resources found in ${options.namespace} namespace.\n` : 'No resources found\n';
  }
  const withType = new Set(tables.map(({ found }) => found)).size > 1 || first.includes(',') || find(first).length > 1;
  return { stdout: shown.map(({ found, table }) => print(found, table, options, withType)).join('\n'), stderr };
}

function print(found: Found, table: Table, options: Options, withType: boolean): string {
  const prefix = withType ? `${found.singular}${found.group === '' ? '' : `.${found.group}`}/` : '';
  const kept = table.columnDefinitions.map((column, i) => ({ ...column, i })).filter(({ priority }) => options.wide || priority === 0);
  const withNamespace = options.all && found.namespaced;
  const header = [
    ...(withNamespace ? ['NAMESPACE'] : []),
    ...kept.map(({ name }) => name.toUpperCase()),
    ...options.labelColumns.map((label) => label.slice(label.lastIndexOf('/') + 1).toUpperCase()),
    ...(options.showLabels ? ['LABELS'] : []),
  ];
  const rows = table.rows.map(({ cells, object: { metadata } }) => {
    const labels = Object.entries(metadata.labels ?? {}).sort();
    return [
      ...(withNamespace ? [metadata.namespace ?? ''] : []),
      ...kept.map(({ i, name }) => `${name === 'Name' ? prefix : ''}${cells[i] === null ? '' : String(cells[i])}`),
      ...options.labelColumns.map((label) => metadata.labels?.[label] ?? ''),
      ...(options.showLabels ? [labels.length === 0 ? '<none>' : labels.map((pair) => pair.join('=')).join(',')] : []),
    ];
  });
  const lines = options.headers ? [header, ...rows] : rows;
  const widths = header.map((_, i) => Math.max(6, ...lines.map((line) => line[i]!.length + 3)));
  return lines
    .map((line) => line.map((cell, i) => (i === line.length - 1 ? cell : cell.padEnd(widths[i]!))).join(''))
    .map((line) => `${line}\n`)
    .join('');
}
