import type { Secret } from '#kube/kinds/secret.ts';
import { field, type Lines } from './lines.ts';
import { namedInNamespace } from './metadata.ts';

/** Sizes of its values, but for the token of a service account. (kubectl: describeSecret) */
export function describeSecret({ metadata, data = {}, type = '' }: Secret): Lines {
  const values = Object.keys(data)
    .sort()
    .map((key) => {
      const value = atob(data[key]!);
      const isToken = key === 'token' && type === 'kubernetes.io/service-account-token';
      return field(key, isToken ? value : `${value.length} bytes`);
    });
  return [...namedInNamespace(metadata), '', field('Type', type), '', 'Data', '====', ...values];
}
