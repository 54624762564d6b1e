/** Who asks, and for what. (staging:apiserver/pkg/authorization/authorizer) */
import type { FieldRequirement } from '#kube/field-selector.ts';

export interface User {
  readonly name: string;
  readonly groups: readonly string[];
  readonly uid?: string;
  readonly extra?: { readonly [key: string]: readonly string[] };
}

export type Attributes = { readonly user: User; readonly verb: string } & (
  | {
      readonly kind: 'resource';
      readonly group: string;
      readonly resource: string;
      readonly subresource: string;
      /** Empty for the cluster, and for all namespaces. */
      readonly namespace: string;
      readonly name: string;
      /** Of lists and watches. */
      readonly fieldSelector?: readonly FieldRequirement[];
    }
  | { readonly kind: 'path'; readonly path: string }
);

/** `deployments`, `deployments/scale`: how rules name it. */
export function ruleResource({ resource, subresource }: { readonly resource: string; readonly subresource: string }): string {
  return subresource === '' ? resource : `${resource}/${subresource}`;
}
