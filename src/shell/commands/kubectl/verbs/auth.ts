/** `kubectl auth` (staging:kubectl/pkg/cmd/auth). */
import type { KubeObject } from '#kube/object.ts';
import { alignTabs } from '../../../columns.ts';
import { forEach, visit } from '../builder.ts';
import { pathOf } from '../client.ts';
import { groupResource, parseApiVersion } from '../discovery.ts';
import { dryRunFlag, dryRunOf, operation, writeQuery } from '../dry-run.ts';
import { ApiError, ExitError, isNotFound, KubectlError, NoMatchError } from '../errors.ts';
import { fileFlags } from '../file-flags.ts';
import { bool, string } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { bracketed, compactRules, resourceOfRule, type PolicyRule } from '../policy-rules.ts';
import { printerFor, printFlags } from '../printers/printer.ts';
import { reconciled, reconcileReport } from '../rbac-reconcile.ts';
import { withSource } from '../source-error.ts';
import { defineVerb } from '../verb.ts';

interface ReviewStatus {
  readonly allowed?: boolean;
  readonly reason?: string;
  readonly evaluationError?: string;
  readonly resourceRules?: readonly PolicyRule[];
  readonly nonResourceRules?: readonly PolicyRule[];
}

function review(kubectl: Invocation, group: string, resource: string, kind: string, spec: object): ReviewStatus {
  const body = JSON.stringify({ kind, apiVersion: `${group}/v1`, metadata: {}, spec });
  return (kubectl.client.request('POST', `/apis/${group}/v1/${resource}`, { body }).body as { readonly status: ReviewStatus }).status;
}

const resourceVerbs =
  'get list watch create update patch delete deletecollection use bind impersonate * approve sign escalate attest'.split(' ');
const pathVerbs = 'get put post head options delete patch *'.split(' ');

const canI = defineVerb({
  name: 'can-i',
  use: 'can-i VERB [TYPE | TYPE/NAME | NONRESOURCEURL]',
  short: 'Check whether an action is allowed',
  examples: ['kubectl auth can-i create services -n shop', 'kubectl auth can-i list pods --as=system:serviceaccount:shop:default'],
  flags: {
    'all-namespaces': bool('In all namespaces.', false, { shorthand: 'A' }),
    list: bool('Print all that is allowed.'),
    'no-headers': bool('Leave the line of column names out.'),
    quiet: bool('Print nothing; the exit status says it.', false, { shorthand: 'q' }),
    subresource: string('The subresource: log, scale….'),
  },
  run: (kubectl, { args, flags }) => {
    const namespace = flags['all-namespaces'] ? '' : kubectl.namespace.name;
    if (flags.list) {
      if (args.length > 0) throw new KubectlError('list option must be specified with no arguments');
      if (flags.quiet || flags['all-namespaces'] || flags.subresource !== '')
        throw new KubectlError("list option can't be specified with neither quiet, all-namespaces nor subresource options");
      printRules(
        kubectl,
        review(kubectl, 'authorization.k8s.io', 'selfsubjectrulesreviews', 'SelfSubjectRulesReview', { namespace }),
        flags['no-headers'],
      );
      return;
    }
    if (args.length < 2 || args.length > 3 || (args.length === 3 && args[1]!.startsWith('/'))) {
      throw new KubectlError(
        `you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.`,
      );
    }
    if (flags['no-headers']) throw new KubectlError('--no-headers cannot be set without --list specified');
    const { spec, warnings } = question(
      kubectl,
      args as [string, string],
      namespace,
      flags.subresource,
      kubectl.globals.namespace !== '' || !flags['all-namespaces'],
    );
    const [verb = '', target = ''] = args;
    if (!(target.startsWith('/') ? pathVerbs : resourceVerbs).includes(verb))
      kubectl.err(`Warning: verb '${verb}' is not a known verb\n\n`);
    if (!flags.quiet) for (const warning of warnings) kubectl.err(`Warning: ${warning}\n\n`);
    const {
      allowed = false,
      reason = '',
      evaluationError = '',
    } = review(kubectl, 'authorization.k8s.io', 'selfsubjectaccessreviews', 'SelfSubjectAccessReview', spec);
    if (!flags.quiet) {
      kubectl.out(
        `${allowed ? 'yes' : 'no'}${reason === '' || allowed ? '' : ` - ${reason}`}${evaluationError === '' ? '' : ` - ${evaluationError}`}\n`,
      );
    }
    if (!allowed) throw new ExitError(1);
  },
});

interface Question {
  readonly spec: object;
  readonly warnings: readonly string[];
}

function question(
  kubectl: Invocation,
  args: readonly [string, string, string?],
  namespace: string,
  subresource: string,
  oneNamespace: boolean,
): Question {
  const [verb, target, named] = args;
  if (target.startsWith('/')) return { spec: { nonResourceAttributes: { path: target, verb } }, warnings: [] };
  const [type = '', ownName] = target.split('/');
  const name = ownName ?? named ?? '';
  const attributes = (group: string, resource: string, inNamespace: boolean) => ({
    resourceAttributes: {
      ...(inNamespace && namespace !== '' && { namespace }),
      verb,
      group,
      resource,
      ...(subresource !== '' && { subresource }),
      ...(name !== '' && { name }),
    },
  });
  if (type === '*') return { spec: attributes('*', '*', true), warnings: [] };
  try {
    const mapping = kubectl.client.mapper.forArgument(type);
    const warnings =
      mapping.namespaced || !oneNamespace
        ? []
        : [`resource '${mapping.resource}' is not namespace scoped${mapping.group === '' ? '' : ` in group '${mapping.group}'`}`];
    return { spec: attributes(mapping.group, mapping.resource, mapping.namespaced), warnings };
  } catch (error) {
    if (!(error instanceof NoMatchError)) throw error;
    const dot = type.indexOf('.');
    const [resource, group] = dot < 0 ? [type, ''] : [type.slice(0, dot), type.slice(dot + 1)];
    const inGroup = group === '' ? '' : ` in group '${group}'`;
    return { spec: attributes(group, resource, true), warnings: [`the server doesn't have a resource type '${resource}'${inGroup}`] };
  }
}

function printRules(kubectl: Invocation, status: ReviewStatus, noHeaders: boolean): void {
  if (status.evaluationError) kubectl.err(`warning: the list may be incomplete: ${status.evaluationError}\n`);
  const rows = compactRules([...(status.resourceRules ?? []), ...(status.nonResourceRules ?? [])]).map((rule) => [
    resourceOfRule(rule),
    bracketed(rule.nonResourceURLs),
    bracketed(rule.resourceNames),
    bracketed(rule.verbs),
  ]);
  const header = noHeaders ? [] : [['Resources', 'Non-Resource URLs', 'Resource Names', 'Verbs']];
  kubectl.out(alignTabs([...header, ...rows].map((row) => `${row.join('\t')}\n`).join('')));
}

interface UserInfo {
  readonly username?: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

const whoami = defineVerb({
  name: 'whoami',
  use: 'whoami',
  short: 'Experimental: Check self subject attributes',
  flags: printFlags,
  run: (kubectl, { args, flags }) => {
    if (args.length > 0) throw kubectl.usageError(`unexpected arguments: [${args.join(' ')}]`);
    const answer = kubectl.client.request('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      body: JSON.stringify({ kind: 'SelfSubjectReview', apiVersion: 'authentication.k8s.io/v1', metadata: {} }),
    }).body as KubeObject & { readonly status: { readonly userInfo: UserInfo } };
    if (flags.output !== '' || flags.template !== '') {
      printerFor({ flags, io: kubectl.io, typed: true }).print(answer, (text) => kubectl.out(text));
      return;
    }
    const { username = '', uid = '', groups = [], extra = {} } = answer.status.userInfo;
    const rows = [
      ['ATTRIBUTE', 'VALUE'],
      ...(username === '' ? [] : [['Username', username]]),
      ...(uid === '' ? [] : [['UID', uid]]),
      ...(groups.length === 0 ? [] : [['Groups', `[${groups.join(' ')}]`]]),
      ...Object.keys(extra)
        .sort()
        .map((key) => [`Extra: ${key}`, `[${extra[key]!.join(' ')}]`]),
    ];
    kubectl.out(alignTabs(rows.map((row) => `${row.join('\t')}\n`).join('')));
  },
});

const reconcile = defineVerb({
  name: 'reconcile',
  use: 'reconcile -f FILENAME',
  short: 'Reconciles rules for RBAC role, role binding, cluster role, and cluster role binding objects',
  flags: {
    ...printFlags,
    ...dryRunFlag,
    ...fileFlags,
    'remove-extra-permissions': bool('Take rules away that the file does not have.'),
    'remove-extra-subjects': bool('Take subjects away that the file does not have.'),
  },
  run: (kubectl, { args, flags }) => {
    if (flags.filename.length === 0 && flags.kustomize === '') throw new KubectlError('must specify one of -f and -k');
    if (args.length > 0) throw new KubectlError('no arguments are allowed');
    const dryRun = dryRunOf(kubectl, flags);
    const printer = printerFor({ flags, io: kubectl.io, operation: operation('reconciled', dryRun) });
    const infos = visit(kubectl, { filenames: flags.filename, kustomize: flags.kustomize, recursive: flags.recursive });
    forEach(infos, (info) => {
      const { group } = parseApiVersion(info.object!.apiVersion);
      if (group !== 'rbac.authorization.k8s.io') {
        kubectl.err(`W: skipping ${groupResource(info.mapping)}, Kind=${info.mapping.kind}\n`);
        return;
      }
      let live: KubeObject | undefined;
      try {
        live = kubectl.client.get(info.mapping, info.namespace, info.name);
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
      const options = { removeRules: flags['remove-extra-permissions'], removeSubjects: flags['remove-extra-subjects'] };
      const wanted = reconciled(info.object!, live, options);
      const result =
        dryRun === 'client'
          ? wanted
          : withSource('reconciling', info.source, () => send(kubectl, info.namespace, info.mapping, wanted, live, writeQuery(dryRun, '')));
      printer.print(result, (text) => kubectl.out(text));
      kubectl.err(reconcileReport(info.object!, live, options));
    });
  },
});

function send(
  kubectl: Invocation,
  namespace: string,
  mapping: Parameters<typeof pathOf>[0],
  wanted: KubeObject,
  live: KubeObject | undefined,
  query: Readonly<Record<string, string>>,
): KubeObject {
  const request = { query, body: JSON.stringify(wanted) };
  const response =
    live === undefined
      ? kubectl.client.request('POST', pathOf(mapping, namespace), request)
      : kubectl.client.request('PUT', pathOf(mapping, namespace, wanted.metadata.name), request);
  if (response.code >= 400) throw new ApiError({ code: response.code, reason: '', message: '' });
  return response.body as KubeObject;
}

export const auth = defineVerb({
  name: 'auth',
  use: 'auth [flags]',
  short: 'Inspect authorization',
  flags: {},
  verbs: [canI, reconcile, whoami],
});
