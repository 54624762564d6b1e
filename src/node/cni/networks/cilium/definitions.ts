/** The custom kinds of Cilium that its operator defines when it starts (cilium pkg/k8s/apis/cilium.io/client). */
import type { Draft } from '#kube/cluster.ts';
import { CustomResourceDefinition } from '#kube/kinds/custom-resource-definition.ts';
import { rfc3339 } from '#kube/time.ts';

export const group = 'cilium.io';

interface Definition {
  readonly kind: string;
  readonly plural: string;
  readonly shortNames: readonly string[];
  readonly version?: string;
  readonly namespaced?: boolean;
  readonly columns?: readonly (readonly [name: string, jsonPath: string, type?: string])[];
}

const age = ['Age', '.metadata.creationTimestamp', 'date'] as const;

const definitions: readonly Definition[] = [
  {
    kind: 'CiliumNode',
    plural: 'ciliumnodes',
    shortNames: ['cn', 'ciliumn'],
    columns: [
      ['CiliumInternalIP', '.spec.addresses[?(@.type=="CiliumInternalIP")].ip'],
      ['InternalIP', '.spec.addresses[?(@.type=="InternalIP")].ip'],
      age,
    ],
  },
  { kind: 'CiliumEndpoint', plural: 'ciliumendpoints', shortNames: ['cep', 'ciliumep'], namespaced: true },
  { kind: 'CiliumIdentity', plural: 'ciliumidentities', shortNames: ['ciliumid'], columns: [age] },
  { kind: 'CiliumNetworkPolicy', plural: 'ciliumnetworkpolicies', shortNames: ['cnp', 'ciliumnp'], namespaced: true, columns: [age] },
  { kind: 'CiliumClusterwideNetworkPolicy', plural: 'ciliumclusterwidenetworkpolicies', shortNames: ['ccnp'], columns: [age] },
  { kind: 'CiliumCIDRGroup', plural: 'ciliumcidrgroups', shortNames: ['ccg'], version: 'v2alpha1' },
];

/** Defines the kinds that nobody has defined yet. */
export function define(objects: Draft, now: number): void {
  for (const definition of definitions) {
    const name = `${definition.plural}.${group}`;
    if (objects.get(CustomResourceDefinition, '', name) !== undefined) continue;
    const identity = { name, uid: objects.uid(`CustomResourceDefinition/${name}`), creationTimestamp: rfc3339(now), generation: 1 };
    objects.put(CustomResourceDefinition, established(definition, identity));
  }
}

/** As the API server has it once it has accepted the names and serves the kind. */
function established(definition: Definition, metadata: CustomResourceDefinition['metadata']): CustomResourceDefinition {
  const { kind, plural, shortNames, version = 'v2', namespaced = false, columns = [] } = definition;
  const names = { kind, listKind: `${kind}List`, plural, shortNames, singular: kind.toLowerCase(), categories: ['cilium'] };
  const lastTransitionTime = metadata.creationTimestamp!;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata,
    spec: {
      conversion: { strategy: 'None' },
      group,
      names,
      scope: namespaced ? 'Namespaced' : 'Cluster',
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          ...(columns.length > 0 && {
            additionalPrinterColumns: columns.map(([name, jsonPath, type = 'string']) => ({ name, jsonPath, type })),
          }),
        },
      ],
    },
    status: {
      acceptedNames: names,
      conditions: [
        { type: 'NamesAccepted', status: 'True', lastTransitionTime, reason: 'NoConflicts', message: 'no conflicts found' },
        {
          type: 'Established',
          status: 'True',
          lastTransitionTime,
          reason: 'InitialNamesAccepted',
          message: 'the initial names have been accepted',
        },
      ],
      storedVersions: [version],
    },
  };
}
