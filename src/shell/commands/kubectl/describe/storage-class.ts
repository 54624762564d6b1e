import type { StorageClass } from '#kube/kinds/storage-class.ts';
import type { Context } from './context.ts';
import { field, indented, multiline, type Lines } from './lines.ts';
import { mapText } from './metadata.ts';

const defaultAnnotations = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'];

/** (kubectl: describeStorageClass) */
export function describeStorageClass(storageClass: StorageClass, context: Context): Lines {
  const { metadata, provisioner, parameters, allowVolumeExpansion, mountOptions = [], reclaimPolicy, volumeBindingMode } = storageClass;
  const isDefault = defaultAnnotations.some((name) => metadata.annotations?.[name] === 'true');
  return [
    field('Name', metadata.name),
    field('IsDefaultClass', isDefault ? 'Yes' : 'No'),
    field('Annotations', mapText(metadata.annotations)),
    field('Provisioner', provisioner),
    field('Parameters', mapText(parameters)),
    field('AllowVolumeExpansion', allowVolumeExpansion === undefined ? '<unset>' : allowVolumeExpansion ? 'True' : 'False'),
    ...(mountOptions.length === 0 ? [field('MountOptions', '<none>')] : ['MountOptions:', ...indented(1, mountOptions)]),
    ...(reclaimPolicy === undefined ? [] : [field('ReclaimPolicy', reclaimPolicy)]),
    ...(volumeBindingMode === undefined ? [] : [field('VolumeBindingMode', volumeBindingMode)]),
    ...topologyLines(storageClass.allowedTopologies),
    ...context.events(storageClass),
  ];
}

function topologyLines(topologies: StorageClass['allowedTopologies']): Lines {
  if (topologies === undefined) return [];
  if (topologies.length === 0) return [field('AllowedTopologies', '<none>')];
  const terms = topologies.flatMap(({ matchLabelExpressions = [] }, i) => {
    const conditions = matchLabelExpressions.map(({ key, values = [] }) =>
      values.length === 0 ? `${key} in` : `${key} in [${values.join(', ')}]`,
    );
    return indented(1, multiline(`Term ${i}`, conditions));
  });
  return [field('AllowedTopologies', ''), ...terms];
}
