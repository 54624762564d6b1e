/** `kubectl certificate` (staging:kubectl/pkg/cmd/certificates/certificates.go). */
import { rfc3339 } from '#kube/time.ts';
import type { KubeObject } from '#kube/object.ts';
import { forEach, visit } from '../builder.ts';
import { pathOf } from '../client.ts';
import { fileFlags } from '../file-flags.ts';
import { bool } from '../flags.ts';
import { printerFor, printFlags } from '../printers/printer.ts';
import { defineVerb, type Verb } from '../verb.ts';
import { KubectlError } from '../errors.ts';

interface RequestShape extends KubeObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string }[] };
}

function decisionVerb(name: 'approve' | 'deny', short: string): Verb {
  const [type, reason, word] = name === 'approve' ? ['Approved', 'KubectlApprove', 'approved'] : ['Denied', 'KubectlDeny', 'denied'];
  return defineVerb({
    name,
    use: `${name} (-f FILENAME | NAME)`,
    short,
    flags: { ...printFlags, ...fileFlags, force: bool('Decide even what has been decided.') },
    run: (kubectl, { args, flags }) => {
      if (args.length === 0 && flags.filename.length === 0 && flags.kustomize === '')
        throw new KubectlError('one or more CSRs must be specified as <name> or -f <filename>');
      const printer = printerFor({ flags, io: kubectl.io, operation: word });
      const options = {
        args: args.length > 0 ? ['certificatesigningrequests', ...args] : [],
        filenames: flags.filename,
        kustomize: flags.kustomize,
        recursive: flags.recursive,
        latest: true,
      };
      const count = forEach(visit(kubectl, options), (info) => {
        const request = info.object as RequestShape;
        const conditions = request.status?.conditions ?? [];
        let result: KubeObject = request;
        if (flags.force || !conditions.some((one) => one.type === type)) {
          const now = rfc3339(kubectl.now);
          const condition = {
            type,
            status: 'True',
            reason,
            message: `This CSR was ${word} by kubectl certificate ${name}.`,
            lastUpdateTime: now,
          };
          const body = {
            ...request,
            status: { ...request.status, conditions: [...conditions.filter((one) => one.type !== type), condition] },
          };
          result = kubectl.client.request('PUT', pathOf(info.mapping, '', info.name, 'approval'), { body: JSON.stringify(body) })
            .body as KubeObject;
        }
        printer.print(result, (text) => kubectl.out(text));
      });
      if (count === 0) kubectl.out('No resources found\n');
    },
  });
}

export const certificate = defineVerb({
  name: 'certificate',
  use: 'certificate SUBCOMMAND',
  short: 'Modify certificate resources',
  flags: {},
  helpOn: { stream: 'stdout', code: 0 },
  verbs: [decisionVerb('approve', 'Approve a certificate signing request'), decisionVerb('deny', 'Deny a certificate signing request')],
});
