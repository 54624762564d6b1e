import type { ConfigMap } from '#kube/kinds/config-map.ts';
import type { Context } from './context.ts';
import type { Lines } from './lines.ts';
import { namedInNamespace } from './metadata.ts';

/** Until kubectl 1.33 keys came in Go's random order; here they are always sorted. (kubectl: ConfigMapDescriber) */
export function describeConfigMap(configMap: ConfigMap, context: Context): Lines {
  const { metadata, data = {}, binaryData = {} } = configMap;
  return [
    ...namedInNamespace(metadata),
    '',
    'Data',
    '====',
    ...Object.keys(data)
      .sort()
      .flatMap((key) => [`${key}:`, '----', data[key]!, ...(context.has('blank lines in config maps') ? [''] : [])]),
    '',
    'BinaryData',
    '====',
    ...Object.keys(binaryData)
      .sort()
      .map((key) => `${key}: ${atob(binaryData[key]!).length} bytes`),
    '',
    ...context.events(configMap, {}, true),
  ];
}
