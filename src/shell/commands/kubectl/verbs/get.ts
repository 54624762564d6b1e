/** `kubectl get` (staging:kubectl/pkg/cmd/get/get.go). */
import type { KubeObject } from '#kube/object.ts';
import { alignTabs } from '../../../columns.ts';
import { asError, missing, selectionError, targetsOf, visitTargets, type BuilderOptions, type Info, type Target } from '../builder.ts';
import { pathOf } from '../client.ts';
import type { RestMapping } from '../discovery.ts';
import { AggregateErrors, isNotFound, KubectlError } from '../errors.ts';
import { allNamespacesFlag, chunkFlag, fieldSelectorFlag, fileFlags, selectorFlag } from '../file-flags.ts';
import { bool, string, stringSlice, type Values } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { columnsFromFile, columnsFromSpec, customColumnsPrinter } from '../printers/custom-columns.ts';
import { groupKind } from '../printers/name.ts';
import { printerFor, printFlags, templateOf, type Printer } from '../printers/printer.ts';
import { sortBy } from '../printers/sort.ts';
import { tableLines, type Table } from '../printers/table.ts';
import { apiVersionText } from '../discovery.ts';
import { checkSubresource, subresourceFlag } from '../subresource.ts';
import { defineVerb } from '../verb.ts';
import type { Version } from '../version.ts';
import { genericTable } from '../printers/generic-table.ts';

const flags = {
  ...allNamespacesFlag,
  ...printFlags,
  ...chunkFlag,
  ...fieldSelectorFlag,
  ...fileFlags,
  ...selectorFlag,
  'ignore-not-found': bool('An object that does not exist is no failure.'),
  'label-columns': stringSlice('Labels to show as columns of their own.', { shorthand: 'L' }),
  'no-headers': bool('Leave the line of column names out.'),
  'output-watch-events': bool('Print the kind of every event with --watch.'),
  raw: string('A path to ask the server for, printed as it answers.'),
  'server-print': bool('Let the server make the table.', true),
  'show-kind': bool('Print the type before every name.'),
  'show-labels': bool('Print all labels in a last column.'),
  'sort-by': string("Sort by a field, given as JSONPath: '{.metadata.name}'."),
  ...subresourceFlag('Ask for a subresource of the objects: status, scale….'),
  watch: bool('After listing, go on with changes.', false, { shorthand: 'w' }),
  'watch-only': bool('Print only changes.'),
};

type Flags = Values<typeof flags>;

export const get = defineVerb({
  name: 'get',
  use: 'get [(-o|--output=)json|yaml|name|go-template|go-template-file|template|templatefile|jsonpath|jsonpath-as-json|jsonpath-file|custom-columns|custom-columns-file|wide] (TYPE[.VERSION][.GROUP] [NAME | -l label] | TYPE[.VERSION][.GROUP]/NAME ...) [flags]',
  short: 'Display one or many resources',
  examples: ['kubectl get pods -o wide', 'kubectl get svc,endpointslices -n shop', "kubectl get pod web -o jsonpath='{.status.podIP}'"],
  suggestFor: ['list', 'ps'],
  flags,
  run: (kubectl, { args, flags }) => {
    if (flags.raw !== '') raw(kubectl, args, flags);
    else getObjects(kubectl, args, flags);
  },
});

function raw(kubectl: Invocation, args: readonly string[], flags: Flags): void {
  if (args.length > 0) throw new KubectlError('arguments may not be passed when --raw is specified');
  if (flags.watch || flags.output !== '' || flags.selector !== '' || flags.filename.length > 0) {
    throw new KubectlError('--raw may not be specified with other flags that filter the server request or alter the output');
  }
  const question = flags.raw.indexOf('?');
  const path = question < 0 ? flags.raw : flags.raw.slice(0, question);
  if (!path.startsWith('/'))
    throw new KubectlError(`--raw must be a valid URL path: parse ${JSON.stringify(flags.raw)}: invalid URI for request`);
  const query = Object.fromEntries(new URLSearchParams(question < 0 ? '' : flags.raw.slice(question + 1)));
  const { body } = kubectl.client.request('GET', path, { query });
  kubectl.out(typeof body === 'string' ? body : `${JSON.stringify(body)}\n`);
}

function getObjects(kubectl: Invocation, args: readonly string[], flags: Flags): void {
  const watches = flags.watch || flags['watch-only'];
  if (flags['output-watch-events'] && !watches)
    throw new KubectlError('--output-watch-events option can only be used with --watch or --watch-only');
  if (!watches && args.length === 0 && flags.filename.length === 0 && flags.kustomize === '') {
    kubectl.err(
      'You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported resources.\n\n',
    );
    throw kubectl.usageError(
      'Required resource not specified.\nUse "kubectl explain <resource>" for a detailed description of that resource (e.g. kubectl explain pods).',
    );
  }
  if (watches && flags['sort-by'] !== '') kubectl.err('warning: --watch or --watch-only requested, --sort-by will be ignored\n');
  checkSubresource(kubectl, flags.subresource);
  const human = flags.output === '' && flags.template === '' ? 'table' : flags.output === 'wide' ? 'wide' : undefined;
  if (flags['show-labels'] && human === undefined)
    throw new KubectlError(`--show-labels option cannot be used with ${flags.output} printer`);

  const options: BuilderOptions = {
    args,
    filenames: flags.filename,
    kustomize: flags.kustomize,
    recursive: flags.recursive,
    labelSelector: flags.selector,
    fieldSelector: flags['field-selector'],
    allNamespaces: flags['all-namespaces'],
    allowEmptySelector: true,
    singleResourceType: watches,
    subresource: flags.subresource,
    latest: true,
    limit: flags['chunk-size'],
  };
  const printer = human === undefined ? formatPrinter(kubectl, flags) : undefined;
  const targets = targetsOf(kubectl, options);
  if (watches && flags['watch-only']) return;
  if (printer === undefined) printTables(kubectl, targets, options, flags, human === 'wide');
  else printObjects(kubectl, targets, options, flags, printer);
}

/** The printer of `-o`, where it is not a table's. */
function formatPrinter(kubectl: Invocation, flags: Flags): Printer {
  const { name, argument } = templateOf(flags.output, flags.template);
  if (name === 'custom-columns') return customColumnsPrinter(columnsFromSpec(argument), flags['no-headers']);
  if (name === 'custom-columns-file') return customColumnsPrinter(columnsFromFile(argument, kubectl.io), flags['no-headers']);
  return printerFor({ flags, io: kubectl.io, more: ['custom-columns', 'custom-columns-file', 'wide'] });
}

/** Objects as they are: one alone, or all of them in one list. */
function printObjects(kubectl: Invocation, targets: readonly Target[], options: BuilderOptions, flags: Flags, printer: Printer): void {
  const errors: Error[] = [];
  const found: Info[] = [];
  for (const info of visitTargets(kubectl, targets, options)) {
    if (info instanceof Error) {
      if (!(flags['ignore-not-found'] && isNotFound(info))) errors.push(info);
    } else found.push(info);
  }
  const single = isSingle(targets, options);
  if (single && errors.length > 0) throw errors[0]!;
  if (found.length === 0 && flags['ignore-not-found']) return;
  const objects = found.map(({ object }) => object!);
  const items =
    flags['sort-by'] === '' || (single && objects.length === 1)
      ? objects
      : sortBy(objects, flags['sort-by'], (object) => object, kubectl.version);
  const whole =
    single && objects.length === 1
      ? objects[0]!
      : ({ apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } } as unknown as KubeObject);
  try {
    printer.print(whole, (text) => kubectl.out(text));
  } catch (error) {
    errors.push(asError(error));
  }
  if (errors.length > 0) throw new AggregateErrors(errors);
}

/** Reports whether the arguments mean one object rather than a list of them. */
function isSingle(targets: readonly Target[], { filenames = [], recursive }: BuilderOptions): boolean {
  const [only, second] = targets;
  if (only === undefined || second !== undefined) return false;
  return only.kind === 'name' || (only.kind === 'source' && filenames.length === 1 && recursive !== true);
}

const tableAccept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';

interface Answer {
  readonly mapping: RestMapping;
  readonly namespaced: boolean;
  readonly table: Table;
}

function printTables(kubectl: Invocation, targets: readonly Target[], options: BuilderOptions, flags: Flags, wide: boolean): void {
  const refused: Error[] = [];
  const answers: Answer[] = [];
  for (const answer of tables(kubectl, targets, options, flags)) {
    if (answer instanceof Error) {
      if (!(flags['ignore-not-found'] && isNotFound(answer))) refused.push(answer);
    } else answers.push(answer);
  }

  const kinds = new Set(answers.map(({ mapping }) => `${mapping.kind}.${mapping.group}`));
  const allNamespaces = flags['all-namespaces'];
  let written = '';
  let block = '';
  let blockMapping: RestMapping | undefined;
  let columns = '';
  // The column that one type has needed stays for those after it: they share their printer's flags.
  let withNamespace = false;
  const flush = () => {
    const separator = written !== '' && block !== '' && !flags['no-headers'] ? '\n' : '';
    written += separator + alignTabs(block);
    block = '';
  };
  for (const { mapping, table } of sortedTables(answers, flags, kubectl.version) ?? []) {
    if (blockMapping !== undefined && blockMapping.resource + blockMapping.group !== mapping.resource + mapping.group) {
      flush();
      columns = '';
    }
    blockMapping = mapping;
    withNamespace ||= allNamespaces && mapping.namespaced;
    const settings = {
      noHeaders: flags['no-headers'],
      wide,
      withNamespace,
      prefix: flags['show-kind'] || kinds.size > 1 ? `${groupKind(apiVersionText(mapping), mapping.kind)}/` : '',
      showLabels: flags['show-labels'],
      labelColumns: flags['label-columns'],
      ...(flags['output-watch-events'] && { event: 'ADDED' }),
    };
    const shown = JSON.stringify(table.columnDefinitions);
    block += tableLines(table, settings, shown !== columns);
    if (table.rows.length > 0) columns = shown;
  }
  flush();
  kubectl.out(written);
  if (written === '' && refused.length === 0 && !flags['ignore-not-found'] && !flags.watch) {
    const inNamespace = !allNamespaces && answers.every(({ namespaced }) => namespaced);
    kubectl.err(inNamespace ? `No resources found in ${kubectl.namespace.name} namespace.\n` : 'No resources found\n');
  }
  // Several errors in one place of another list of errors (resource.Result.Infos).
  if (refused.length > 0) throw new AggregateErrors([new AggregateErrors(refused)]);
}

/** Undefined when the only table cannot be sorted: kubectl then goes on as if it were empty. Of several tables the error is told. */
function sortedTables(answers: readonly Answer[], flags: Flags, version: Version): readonly Answer[] | undefined {
  if (flags['sort-by'] === '' || flags.watch) return answers;
  try {
    return answers.map((answer) => {
      const { rows } = answer.table;
      if (rows.length < 2) return answer;
      return { ...answer, table: { ...answer.table, rows: sortBy(rows, flags['sort-by'], ({ object }) => object, version) } };
    });
  } catch (error) {
    if (answers.length > 1) throw error;
    return undefined;
  }
}

/** The server's tables, one for every request. */
function* tables(kubectl: Invocation, targets: readonly Target[], options: BuilderOptions, flags: Flags): Generator<Answer | Error> {
  for (const target of targets) {
    if (target.kind === 'selection') yield* selectedTables(kubectl, target, flags);
    else {
      for (const info of visitTargets(kubectl, [target], { ...options, requireObject: false, latest: false })) {
        yield info instanceof Error ? info : namedTable(kubectl, info, flags);
      }
    }
  }
}

function namedTable(kubectl: Invocation, info: Info, flags: Flags): Answer | Error {
  const { mapping, namespace, name } = info;
  try {
    const body = request(kubectl, pathOf(mapping, namespace, name, flags.subresource), {}, flags);
    return { mapping, namespaced: mapping.namespaced, table: asTable(body, kubectl) };
  } catch (error) {
    return missing(kubectl, info, asError(error));
  }
}

function* selectedTables(kubectl: Invocation, target: Extract<Target, { kind: 'selection' }>, flags: Flags): Generator<Answer | Error> {
  const { mapping, namespace, labelSelector, fieldSelector } = target;
  const limit = flags['chunk-size'];
  let next: string | undefined;
  do {
    try {
      const query = {
        ...(labelSelector !== '' && { labelSelector }),
        ...(fieldSelector !== '' && { fieldSelector }),
        ...(limit > 0 && { limit: String(limit) }),
        ...(next !== undefined && { continue: next }),
      };
      const body = request(kubectl, pathOf(mapping, namespace), query, flags);
      next = (body as { readonly metadata?: { readonly continue?: string } }).metadata?.continue;
      yield { mapping, namespaced: mapping.namespaced, table: asTable(body, kubectl) };
    } catch (error) {
      yield selectionError(asError(error), mapping, labelSelector, fieldSelector);
      return;
    }
  } while (next !== undefined && next !== '');
}

function request(kubectl: Invocation, path: string, query: Readonly<Record<string, string>>, flags: Flags): unknown {
  const table = flags['server-print'];
  return kubectl.client.request('GET', path, {
    query: { ...query, ...(table && flags['sort-by'] !== '' && { includeObject: 'Object' }) },
    headers: table ? { Accept: tableAccept } : {},
  }).body;
}

function asTable(body: unknown, kubectl: Invocation): Table {
  const answer = body as Table | KubeObject;
  return answer.kind === 'Table' ? (answer as Table) : genericTable(answer as KubeObject, kubectl.now);
}
