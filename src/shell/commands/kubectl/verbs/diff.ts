/** `kubectl diff` (staging:kubectl/pkg/cmd/diff). */
import { stream } from '#kube/chance.ts';
import type { KubeObject } from '#kube/object.ts';
import { yamlText } from '#kube/yaml-print.ts';
import { unifiedHunks } from '../../../unified-diff.ts';
import { forEach, visit, type Info } from '../builder.ts';
import { checkErr } from '../check-err.ts';
import { newBody, pathOf } from '../client.ts';
import { clientSidePatch } from '../client-side-patch.ts';
import { fieldManagerFlag } from '../dry-run.ts';
import { ExitError, isNotFound, KubectlError } from '../errors.ts';
import { fileFlags, selectorFlag } from '../file-flags.ts';
import { bool, int, stringArray, type Values } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { matchesSelector } from '../label-filter.ts';
import { withoutManagedFields } from '../printers/printer.ts';
import { defineVerb } from '../verb.ts';

const flags = {
  concurrency: int('How many objects are compared at once.', 1),
  ...fieldManagerFlag('kubectl-client-side-apply'),
  ...fileFlags,
  'force-conflicts': bool('With --server-side: take fields over from other managers.'),
  prune: bool('Show what apply --prune would delete.'),
  'prune-allowlist': stringArray('With --prune: the types to look at, as group/version/kind.'),
  ...selectorFlag,
  'server-side': bool('Let the server apply.'),
  'show-managed-fields': bool('Show managedFields, too.'),
};

type Flags = Values<typeof flags>;

/** An object as it is and as it would be: nothing, where there is none; of a Secret that is masked, null. */
interface Comparison {
  readonly fileName: string;
  readonly live: KubeObject | null | undefined;
  readonly merged: KubeObject;
}

export const diff = defineVerb({
  name: 'diff',
  use: 'diff -f FILENAME',
  short: 'Diff the live version against a would-be applied version',
  examples: ['kubectl diff -f web.yaml', 'cat web.yaml | kubectl diff -f -'],
  flags,
  run: async (kubectl, { args, flags }) => {
    try {
      await compare(kubectl, args, flags);
    } catch (error) {
      // 1 says that there are differences: what goes wrong is 2.
      if (error instanceof ExitError || !(error instanceof Error)) throw error;
      throw new ExitError(2, checkErr(error).text);
    }
  },
});

async function compare(kubectl: Invocation, args: readonly string[], flags: Flags): Promise<void> {
  if (args.length > 0) throw kubectl.usageError(`Unexpected args: [${args.join(' ')}]`);
  if (flags.filename.length === 0 && flags.kustomize === '') throw new KubectlError('must specify one of -f and -k');
  if (flags['force-conflicts'] && !flags['server-side']) throw new KubectlError('--force-conflicts only works with --server-side');
  if (flags.prune) throw new KubectlError('--prune is not simulated');
  const comparisons: Comparison[] = [];
  const infos = visit(kubectl, { filenames: flags.filename, kustomize: flags.kustomize, recursive: flags.recursive });
  forEach(infos, (info) => {
    if (flags.selector !== '' && !matchesSelector(flags.selector, info.object!.metadata.labels)) return;
    comparisons.push(comparisonOf(kubectl, info, flags));
  });
  const texts = comparisons
    .map(({ fileName, live, merged }) => ({ fileName, live: live === undefined ? '' : yamlText(live), merged: yamlText(merged) }))
    .sort((a, b) => (a.fileName < b.fileName ? -1 : 1));
  await show(kubectl, texts);
}

function comparisonOf(kubectl: Invocation, info: Info, flags: Flags): Comparison {
  if (info.name === '') throw new KubectlError('resource name may not be empty');
  let live: KubeObject | undefined;
  try {
    live = kubectl.client.get(info.mapping, info.namespace, info.name);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  const merged = mergedOf(kubectl, info, live, flags);
  const shown = (object: KubeObject) => (flags['show-managed-fields'] ? object : withoutManagedFields(object));
  const { group, version, kind } = info.mapping;
  const fileName = `${group === '' ? '' : `${group}.`}${version}.${kind}.${info.namespace}.${info.name}`;
  const comparison = { fileName, live: live && shown(live), merged: shown(merged) };
  return kind === 'Secret' && group === '' ? masked(comparison) : comparison;
}

/** What the server would make of the manifest. */
function mergedOf({ client }: Invocation, info: Info, live: KubeObject | undefined, flags: Flags): KubeObject {
  const query = { dryRun: 'All', fieldManager: flags['field-manager'] };
  const path = pathOf(info.mapping, info.namespace, info.name);
  if (flags['server-side']) {
    const manager = flags['field-manager'] === 'kubectl-client-side-apply' ? 'kubectl' : flags['field-manager'];
    return client.request('PATCH', path, {
      query: { ...query, fieldManager: manager, force: String(flags['force-conflicts']) },
      headers: { 'Content-Type': 'application/apply-patch+yaml' },
      body: JSON.stringify(info.object),
    }).body as KubeObject;
  }
  if (live === undefined) {
    return client.request('POST', pathOf(info.mapping, info.namespace), { query, body: newBody(info.object!) }).body as KubeObject;
  }
  const { patch, contentType } = clientSidePatch(info.mapping, info.object!, live, false);
  return client.request('PATCH', path, { query, headers: { 'Content-Type': contentType }, body: JSON.stringify(patch) }).body as KubeObject;
}

type Data = Readonly<Record<string, unknown>>;

/** Secrets' values are not shown, only whether they change (diff.Masker). */
function masked({ fileName, live, merged }: Comparison): Comparison {
  const dataOf = (object: KubeObject | null | undefined) => (object as { readonly data?: Data } | null | undefined)?.data;
  const [before, after] = [dataOf(live), dataOf(merged)];
  const mask = (own: Data | undefined, other: Data | undefined, when: string) =>
    own &&
    Object.fromEntries(
      Object.keys(own).map((key) => [key, other !== undefined && key in other && other[key] !== own[key] ? `*** (${when})` : '***']),
    );
  const withData = (object: KubeObject, data: Data | undefined) => (data === undefined ? object : { ...object, data });
  return {
    fileName,
    live: live ? withData(live, mask(before, after, 'before')) : null,
    merged: withData(merged, mask(after, before, 'after')),
  };
}

interface Texts {
  readonly fileName: string;
  readonly live: string;
  readonly merged: string;
}

/** Lets `diff -u -N`, or the program that is to be used in its place, compare two directories. */
async function show(kubectl: Invocation, texts: readonly Texts[]): Promise<void> {
  const draw = stream(`${kubectl.here.lab.snapshot.cluster.seed}/diff/${kubectl.now}`);
  const [from, to] = [`/tmp/LIVE-${draw()}`, `/tmp/MERGED-${draw()}`];
  const [program, ...options] = (kubectl.io.env.get('KUBECTL_EXTERNAL_DIFF') ?? '').split(' ').filter((word) => word !== '');
  if (program !== undefined) {
    await runProgram(kubectl, [program, ...options.filter((word) => /^[a-zA-Z0-9-=]+$/.test(word))], from, to, texts);
    return;
  }
  const time = `${new Date(kubectl.now).toISOString().slice(0, 19).replace('T', ' ')}.${String(draw() % 1_000_000_000).padStart(9, '0')} +0000`;
  const different = texts.filter(({ live, merged }) => live !== merged);
  for (const { fileName, live, merged } of different) {
    kubectl.out(`diff -u -N ${from}/${fileName} ${to}/${fileName}\n--- ${from}/${fileName}\t${time}\n+++ ${to}/${fileName}\t${time}\n`);
    kubectl.out(unifiedHunks(live, merged));
  }
  if (different.length > 0) throw new ExitError(1);
}

async function runProgram(kubectl: Invocation, words: readonly string[], from: string, to: string, texts: readonly Texts[]): Promise<void> {
  const { io } = kubectl;
  if (!io.has(words[0]!)) throw new KubectlError(`failed to run ${JSON.stringify(words[0])}: executable file not found in $PATH`);
  for (const { fileName, live, merged } of texts) {
    io.files.write(`${from}/${fileName}`, live);
    io.files.write(`${to}/${fileName}`, merged);
  }
  const { stdout, stderr, exitCode } = await io.run([...words, from, to]);
  for (const { fileName } of texts) for (const directory of [from, to]) io.files.write(`${directory}/${fileName}`, undefined);
  kubectl.out(stdout);
  kubectl.err(stderr);
  if (exitCode !== 0) throw new ExitError(exitCode);
}
