import type { Secret } from '#kube/kinds/secret.ts';
import type { ServiceAccount } from '#kube/kinds/service-account.ts';
import { unlessRefused, type Context } from './context.ts';
import { multiline, type Lines } from './lines.ts';
import { namedInNamespace } from './metadata.ts';

/** (kubectl: describeServiceAccount) */
export function describeServiceAccount(account: ServiceAccount, context: Context): Lines {
  const { metadata } = account;
  return [
    ...namedInNamespace(metadata),
    ...(context.has('no secrets of service accounts')
      ? multiline('Image pull secrets', pullSecrets(account))
      : secretLines(account, context)),
    ...context.events(account),
  ];
}

function pullSecrets({ imagePullSecrets = [] }: ServiceAccount): readonly string[] {
  return imagePullSecrets.map(({ name = '' }) => name);
}

function secretLines(account: ServiceAccount, context: Context): Lines {
  const { metadata, secrets = [] } = account;
  const existing = unlessRefused(undefined, () => context.list<Secret>('v1', 'Secret', metadata.namespace ?? ''));
  const isMissing = (name: string) => existing?.every((secret) => secret.metadata.name !== name) === true;
  const shown = (name: string) => (isMissing(name) ? `${name} (not found)` : name);
  const tokens = (existing ?? []).filter((secret) => isTokenOf(secret, account)).map((secret) => secret.metadata.name);
  return [
    ...multiline('Image pull secrets', pullSecrets(account).map(shown)),
    ...multiline(
      'Mountable secrets',
      secrets.map(({ name = '' }) => shown(name)),
    ),
    ...multiline('Tokens', tokens),
  ];
}

function isTokenOf({ type, metadata }: Secret, account: ServiceAccount): boolean {
  const annotations = metadata.annotations ?? {};
  return (
    type === 'kubernetes.io/service-account-token' &&
    annotations['kubernetes.io/service-account.name'] === account.metadata.name &&
    annotations['kubernetes.io/service-account.uid'] === account.metadata.uid
  );
}
