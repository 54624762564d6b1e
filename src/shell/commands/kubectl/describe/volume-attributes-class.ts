import type { VolumeAttributesClass } from '#kube/kinds/volume-attributes-class.ts';
import type { Context } from './context.ts';
import { field, type Lines } from './lines.ts';
import { mapText } from './metadata.ts';

/** (kubectl: describeVolumeAttributesClass) */
export function describeVolumeAttributesClass(attributesClass: VolumeAttributesClass, context: Context): Lines {
  const { metadata, driverName, parameters } = attributesClass;
  return [
    field('Name', metadata.name),
    field('Annotations', mapText(metadata.annotations)),
    field('DriverName', driverName),
    field('Parameters', mapText(parameters)),
    ...context.events(attributesClass),
  ];
}
