/** `kubectl set serviceaccount` (staging:kubectl/pkg/cmd/set/set_serviceaccount.go). */
import { withPodSpec } from '../../pod-spec.ts';
import { setVerb, update } from './update.ts';
import { KubectlError } from '../../errors.ts';

export const serviceAccount = setVerb({
  name: 'serviceaccount',
  aliases: ['sa'],
  use: 'serviceaccount (-f FILENAME | TYPE NAME) SERVICE_ACCOUNT',
  short: 'Update the service account of a resource',
  flags: {},
  run: (kubectl, { args, flags }, dryRun) => {
    const account = args.at(-1);
    if (account === undefined) throw new KubectlError('serviceaccount is required');
    update({
      kubectl,
      args: args.slice(0, -1),
      flags,
      dryRun,
      word: 'serviceaccount updated',
      failure: 'failed to patch ServiceAccountName',
      change: (info) => withPodSpec(info, (spec) => ({ ...spec, serviceAccountName: account })),
    });
  },
});
