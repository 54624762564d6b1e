import { labelsText } from '#apiserver/tables/text.ts';
import type { VolumeAttributesClass } from '#kube/kinds/volume-attributes-class.ts';
import type { Context } from './context.ts';
import { field, type Lines } from './lines.ts';

/** (kubectl: describeVolumeAttributesClass) */
export function describeVolumeAttributesClass(attributesClass: VolumeAttributesClass, context: Context): Lines {
  const { metadata, driverName, parameters } = attributesClass;
  return [
    field('Name', metadata.name),
    field('Annotations', labelsText(metadata.annotations)),
    field('DriverName', driverName),
    field('Parameters', labelsText(parameters)),
    ...context.events(attributesClass),
  ];
}
