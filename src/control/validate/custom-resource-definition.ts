/** CustomResourceDefinitions. (staging:apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go) */
import {
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
  type CustomResourceDefinitionSpec,
} from '#kube/kinds/custom-resource-definition.ts';
import type { Infer } from '#kube/schema.ts';
import type { FieldError } from '#kube/status.ts';
import { invalid, invalidEach, oneOf, required } from './field.ts';
import { dns1035Label, dns1123Subdomain } from './formats.ts';
import { goValue } from './go-value.ts';
import { validateImmutable } from './metadata.ts';
import { validator } from './validator.ts';

type Spec = Infer<typeof CustomResourceDefinitionSpec>;

function validateDefinition({ metadata, spec, status }: CustomResourceDefinition): FieldError[] {
  const { group = '', names, scope = '' } = spec;
  const wanted = `${names?.plural ?? ''}.${group}`;
  return [
    ...(metadata.name === wanted ? [] : [invalid('metadata.name', metadata.name, 'must be spec.names.plural+"."+spec.group')]),
    ...(group === '' ? [required('spec.group')] : invalidEach('spec.group', group, dns1123Subdomain(group))),
    ...(group !== '' && !group.includes('.') ? [invalid('spec.group', group, 'should be a domain with at least one dot')] : []),
    ...(scope === '' ? [required('spec.scope')] : oneOf('spec.scope', scope, ['Cluster', 'Namespaced'])),
    ...validateVersions(spec),
    ...validateNames(spec),
    ...((status?.storedVersions ?? []).length === 0
      ? [invalid('status.storedVersions', null, 'must have at least one stored version')]
      : []),
  ];
}

function validateVersions({ versions }: Spec): FieldError[] {
  const storing = versions.filter((version) => version.storage);
  return [
    ...versions.flatMap(({ name }, i) => invalidEach(`spec.versions[${i}].name`, name, dns1035Label(name))),
    ...versions.flatMap(({ schema }, i) =>
      schema?.openAPIV3Schema === undefined ? [required(`spec.versions[${i}].schema.openAPIV3Schema`)] : [],
    ),
    ...(storing.length === 1
      ? []
      : [invalid('spec.versions', goVersions(versions), 'must have exactly one version marked as storage version')]),
  ];
}

/** A single version's schema, subresources and columns stand beside the versions in the internal type. */
function goVersions(versions: Spec['versions']): unknown {
  return versions.map(({ schema: _schema, subresources: _subresources, additionalPrinterColumns: _columns, ...version }) =>
    goValue(CustomResourceDefinitionVersion, version),
  );
}

function validateNames({ names }: Spec): FieldError[] {
  const { plural = '', singular = '', kind = '', listKind = '' } = names ?? {};
  const label = (value: string, path: string) =>
    value === '' ? [required(path)] : invalidEach(path, value, dns1035Label(value.toLowerCase()));
  return [
    ...(plural === '' ? [required('spec.names.plural')] : invalidEach('spec.names.plural', plural, dns1035Label(plural))),
    ...(singular === '' ? [] : invalidEach('spec.names.singular', singular, dns1035Label(singular))),
    ...label(kind, 'spec.names.kind'),
    ...label(listKind, 'spec.names.listKind'),
    ...(kind !== '' && kind === listKind ? [invalid('spec.names.listKind', listKind, 'kind and listKind may not be the same')] : []),
  ];
}

export const customResourceDefinitionValidator = validator<CustomResourceDefinition>({
  kind: CustomResourceDefinition,
  // The name is checked against the group and the plural name.
  name: () => [],
  validate: validateDefinition,
  validateUpdate: (next, old) => [
    ...validateDefinition(next),
    ...validateImmutable(next.spec.scope, old.spec.scope, 'spec.scope'),
    ...validateImmutable(next.spec.names?.kind, old.spec.names?.kind, 'spec.names.kind'),
  ],
});
