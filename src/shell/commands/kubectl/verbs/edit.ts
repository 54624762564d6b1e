/** `kubectl edit` (staging:kubectl/pkg/cmd/edit/edit.go). */
import { fieldManagerFlag, saveConfigFlag, validateFlag } from '../dry-run.ts';
import { editObjects } from '../edit-objects.ts';
import { fileFlags } from '../file-flags.ts';
import { bool } from '../flags.ts';
import { printFlags } from '../printers/printer.ts';
import { checkSubresource, subresourceFlag } from '../subresource.ts';
import { defineVerb } from '../verb.ts';

export const edit = defineVerb({
  name: 'edit',
  use: 'edit (RESOURCE/NAME | -f FILENAME)',
  short: 'Edit a resource on the server',
  examples: ['kubectl edit svc/web', 'KUBE_EDITOR="nano" kubectl edit deployment/web'],
  flags: {
    ...printFlags,
    ...fieldManagerFlag('kubectl-edit'),
    ...fileFlags,
    'output-patch': bool('Print the patch that is sent.'),
    ...saveConfigFlag,
    ...subresourceFlag('Edit a subresource.'),
    ...validateFlag,
    'windows-line-endings': bool('Edit with the line endings of Windows.'),
  },
  run: (kubectl, { args, flags }) => {
    checkSubresource(kubectl, flags.subresource, ['status']);
    return editObjects(kubectl, { args, flags, what: 'object' });
  },
});
