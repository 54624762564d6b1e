/** `kubectl set subject` (staging:kubectl/pkg/cmd/set/set_subject.go). */
import type { KubeObject } from '#kube/object.ts';
import { stringArray } from '../../flags.ts';
import { objectName } from '../../pod-spec.ts';
import { checkLocal, setVerb, update } from './update.ts';
import { KubectlError } from '../../errors.ts';

interface Subject {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly apiGroup?: string;
}

const apiGroup = 'rbac.authorization.k8s.io';

export const subject = setVerb({
  name: 'subject',
  use: 'subject (-f FILENAME | TYPE NAME) [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]',
  short: 'Update the user, group, or service account in a role binding or cluster role binding',
  flags: {
    user: stringArray('A user to add.'),
    group: stringArray('A group to add.'),
    serviceaccount: stringArray('A service account to add: <namespace>:<name>.'),
  },
  run: (kubectl, { args, flags }, dryRun) => {
    checkLocal(flags, dryRun);
    const { user, group, serviceaccount } = flags;
    update({
      kubectl,
      args,
      flags,
      dryRun,
      word: 'subjects updated',
      failure: 'failed to patch subjects to rolebinding:',
      silentWhenEqual: true,
      check: () => {
        if (user.length + group.length + serviceaccount.length === 0)
          throw new KubectlError('you must specify at least one value of user, group or serviceaccount');
        for (const text of serviceaccount) {
          const [namespace = '', name = '', ...more] = text.split(':');
          if (namespace === '' || name === '' || more.length > 0) throw new KubectlError('serviceaccount must be <namespace>:<name>');
        }
      },
      change: (info) => {
        if (!['RoleBinding', 'ClusterRoleBinding'].includes(info.mapping.kind))
          throw new KubectlError(`error: ${objectName(info)} setting subjects is only supported for RoleBinding/ClusterRoleBinding\n`);
        const { subjects = [] } = info.object as KubeObject & { readonly subjects?: readonly Subject[] };
        const added: readonly Subject[] = [
          ...user.map((name) => ({ kind: 'User', apiGroup, name })),
          ...group.map((name) => ({ kind: 'Group', apiGroup, name })),
          ...serviceaccount.map((text) => {
            const [namespace = '', name = ''] = text.split(':');
            return { kind: 'ServiceAccount', name, namespace };
          }),
        ];
        const fresh = added.filter((one) => !subjects.some((other) => isSame(one, other)));
        return { ...info.object!, subjects: [...subjects, ...fresh] } as KubeObject;
      },
    });
  },
});

function isSame(one: Subject, other: Subject): boolean {
  return other.kind === one.kind && other.name === one.name && (other.namespace ?? '') === (one.namespace ?? '');
}
