/** `kubectl create` (staging:kubectl/pkg/cmd/create/create.go). */
import type { KubeObject } from '#kube/object.ts';
import { forEach, visit } from '../builder.ts';
import { newBody, pathOf } from '../client.ts';
import {
  dryRunFlag,
  dryRunOf,
  fieldManagerFlag,
  fieldValidationOf,
  operation,
  saveConfigFlag,
  validateFlag,
  writeQuery,
} from '../dry-run.ts';
import { editObjects } from '../edit-objects.ts';
import { ExitError, KubectlError } from '../errors.ts';
import { fileFlags, selectorFlag } from '../file-flags.ts';
import { bool, string } from '../flags.ts';
import { clusterRole, clusterRoleBinding, role, roleBinding, serviceAccount } from '../generators/access.ts';
import { configMap, dockerSecret, genericSecret, tlsSecret } from '../generators/configuration.ts';
import { ingress } from '../generators/ingress.ts';
import { namespace, podDisruptionBudget, priorityClass, quota } from '../generators/policy.ts';
import { serviceVerbs } from '../generators/service.ts';
import { token } from '../generators/token.ts';
import { cronJob, deployment, job } from '../generators/workloads.ts';
import { helpOf } from '../help.ts';
import { withLastApplied } from '../last-applied.ts';
import { printerFor, printFlags } from '../printers/printer.ts';
import { sendRaw } from '../raw.ts';
import { withSource } from '../source-error.ts';
import { defineVerb, type Verb } from '../verb.ts';

const flags = {
  ...printFlags,
  ...dryRunFlag,
  edit: bool('Edit the object before it is created.'),
  ...fieldManagerFlag('kubectl-create'),
  ...fileFlags,
  raw: string('A path to post the file to as it is.'),
  ...saveConfigFlag,
  ...selectorFlag,
  ...validateFlag,
  'windows-line-endings': bool('Edit with the line endings of Windows.'),
};

const secret = defineVerb({
  name: 'secret',
  use: 'secret (docker-registry | generic | tls)',
  short: 'Create a secret using a specified subcommand',
  flags: {},
  verbs: [dockerSecret, genericSecret, tlsSecret],
});

const service = defineVerb({
  name: 'service',
  aliases: ['svc'],
  use: 'service [flags]',
  short: 'Create a service using a specified subcommand',
  flags: {},
  verbs: serviceVerbs,
});

export const create: Verb = defineVerb({
  name: 'create',
  use: 'create -f FILENAME',
  short: 'Create a resource from a file or from stdin',
  examples: [
    'kubectl create -f pod.yaml',
    'kubectl create deployment web --image=nginx --replicas=2',
    'cat pod.json | kubectl create -f -',
  ],
  flags,
  verbs: [
    clusterRole,
    clusterRoleBinding,
    configMap,
    cronJob,
    deployment,
    ingress,
    job,
    namespace,
    podDisruptionBudget,
    priorityClass,
    quota,
    role,
    roleBinding,
    secret,
    service,
    serviceAccount,
    token,
  ],
  run: async (kubectl, { args, flags }) => {
    if (flags.raw !== '') {
      if (flags.edit) throw kubectl.usageError('--raw and --edit are mutually exclusive');
      sendRaw(kubectl, 'POST', flags);
      return;
    }
    const hasFiles = flags.filename.length > 0 || flags.kustomize !== '';
    // Until 1.30 help followed.
    if (!hasFiles && !kubectl.atLeast(31)) {
      kubectl.err('Error: must specify one of -f and -k\n\n');
      if (args.length > 0) throw kubectl.usageError(`unknown command ${JSON.stringify(args.join(' '))}`);
      kubectl.err(helpOf(create, kubectl.path));
      throw new ExitError(1);
    }
    if (!hasFiles && args.length === 0) throw new KubectlError('must specify one of -f and -k');
    if (args.length > 0) throw kubectl.usageError(`Unexpected args: [${args.join(' ')}]`);
    const dryRun = dryRunOf(kubectl, flags);
    const printer = printerFor({ flags, io: kubectl.io, operation: operation('created', dryRun) });
    const fieldValidation = fieldValidationOf(flags);
    if (flags.edit) {
      await editObjects(kubectl, { args, flags: { ...flags, subresource: '', 'output-patch': false }, what: 'new' });
      return;
    }
    const infos = visit(kubectl, { filenames: flags.filename, kustomize: flags.kustomize, recursive: flags.recursive, validate: true });
    const count = forEach(infos, (info) => {
      const object = flags['save-config'] ? withLastApplied(info.object!) : info.object!;
      let result: KubeObject = object;
      if (dryRun !== 'client') {
        result = withSource('creating', info.source, () => {
          const response = kubectl.client.request('POST', pathOf(info.mapping, info.namespace), {
            query: writeQuery(dryRun, flags['field-manager'], fieldValidation),
            body: newBody(object),
          });
          return response.body as KubeObject;
        });
      }
      printer.print(result, (text) => kubectl.out(text));
    });
    if (count === 0) throw new KubectlError('no objects passed to create');
  },
});
