/** `kubectl replace` (staging:kubectl/pkg/cmd/replace/replace.go). */
import type { KubeObject } from '#kube/object.ts';
import { allInfos, forEach, visit, type Info } from '../builder.ts';
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
import { ApiError, isNotFound, KubectlError } from '../errors.ts';
import { fileFlags } from '../file-flags.ts';
import { bool, duration, int, string } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { lastApplied, withLastApplied } from '../last-applied.ts';
import { printerFor, printFlags } from '../printers/printer.ts';
import { sendRaw } from '../raw.ts';
import { withSource } from '../source-error.ts';
import { checkSubresource, subresourceFlag } from '../subresource.ts';
import { defineVerb } from '../verb.ts';
import { waitUntil } from '../wait-until.ts';
import { deleteOne, propagationOf } from './delete.ts';

export const replace = defineVerb({
  name: 'replace',
  use: 'replace -f FILENAME',
  short: 'Replace a resource by file name or stdin',
  flags: {
    ...printFlags,
    cascade: string('What becomes of dependents that a forced deletion would leave: background, foreground or orphan.', 'background', {
      bare: 'background',
    }),
    ...dryRunFlag,
    ...fieldManagerFlag('kubectl-replace'),
    ...fileFlags,
    force: bool('Delete the object, and create it anew.'),
    'grace-period': int('Seconds a deleted object has to end by itself.', -1),
    raw: string('A path to put the file to as it is.'),
    ...saveConfigFlag,
    ...subresourceFlag('The subresource to replace.'),
    timeout: duration('How long to wait for a deletion.'),
    ...validateFlag,
    wait: bool('Wait until deleted objects are gone.'),
  },
  run: async (kubectl, { args, flags }) => {
    if (flags.raw !== '') {
      sendRaw(kubectl, 'PUT', flags);
      return;
    }
    checkSubresource(kubectl, flags.subresource);
    const dryRun = dryRunOf(kubectl, flags);
    const printer = printerFor({ flags, io: kubectl.io, operation: operation('replaced', dryRun) });
    const propagation = propagationOf(flags.cascade);
    if (flags['grace-period'] >= 0 && !flags.force) throw new KubectlError('--grace-period must have --force specified');
    if (flags.timeout !== 0 && !flags.force) throw new KubectlError('--timeout must have --force specified');
    if (flags.filename.length === 0 && flags.kustomize === '') throw new KubectlError('must specify one of -f and -k');
    if (args.length > 0) throw kubectl.usageError(`Unexpected args: [${args.join(' ')}]`);
    const fieldValidation = fieldValidationOf(flags);
    const infos = visit(kubectl, {
      filenames: flags.filename,
      kustomize: flags.kustomize,
      recursive: flags.recursive,
      validate: fieldValidation !== 'Ignore',
    });
    const print = (object: KubeObject) => printer.print(object, (text) => kubectl.out(text));
    const query = writeQuery(dryRun, flags['field-manager'], fieldValidation);

    if (flags.force) {
      const all = allInfos(infos);
      if (all.length === 0) {
        kubectl.out('No resources found\n');
        throw new KubectlError('no objects passed to replace');
      }
      const gracePeriod = flags['grace-period'];
      for (const info of all) {
        try {
          deleteOne({ kubectl, dryRun: 'none', gracePeriod, propagation, output: flags.output }, { ...info, source: '' });
        } catch (error) {
          if (!isNotFound(error)) throw error;
        }
      }
      for (const info of all) {
        const gone = () => {
          try {
            kubectl.client.get(info.mapping, info.namespace, info.name);
            return false;
          } catch (error) {
            if (isNotFound(error)) return true;
            throw error;
          }
        };
        if (!(await waitUntil(kubectl, gone, flags.timeout === 0 ? undefined : flags.timeout)))
          throw new KubectlError('timed out waiting for the condition');
      }
      for (const info of all) {
        const object = flags['save-config'] ? withLastApplied(info.object!) : info.object!;
        print(kubectl.client.request('POST', pathOf(info.mapping, info.namespace), { query, body: newBody(object) }).body as KubeObject);
      }
      return;
    }
    forEach(infos, (info) => {
      const annotated = flags['save-config'] || info.object!.metadata.annotations?.[lastApplied] !== undefined;
      const object = annotated ? withLastApplied(info.object!) : info.object!;
      if (dryRun === 'client') return print(object);
      const result = withSource('replacing', info.source, () => {
        const path = pathOf(info.mapping, info.namespace, info.name, flags.subresource);
        return kubectl.client.request('PUT', path, { query, body: JSON.stringify(versioned(kubectl, info, object)) }).body as KubeObject;
      });
      print(result);
    });
  },
});

/** An object that names no resourceVersion gets that of the live one; where there is none, the server may create it (resource.Helper.Replace). */
function versioned({ client }: Invocation, { mapping, namespace, name }: Info, object: KubeObject): KubeObject {
  if (object.metadata.resourceVersion !== undefined) return object;
  try {
    const { resourceVersion } = client.get(mapping, namespace, name).metadata;
    return { ...object, metadata: { ...object.metadata, ...(resourceVersion !== undefined && { resourceVersion }) } };
  } catch (error) {
    if (error instanceof ApiError) return object;
    throw error;
  }
}
