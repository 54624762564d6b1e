/** All kinds of a cluster: the built-in ones, and those of its CustomResourceDefinitions. */
import type { Objects } from '../cluster.ts';
import type { Kind } from '../kind.ts';
import { customKindsOf } from './custom-resource.ts';
import { CustomResourceDefinition } from './custom-resource-definition.ts';
import { gatewayKinds } from './gateway/index.ts';
import { builtInKinds } from './index.ts';

let last: { readonly revision: unknown; readonly kinds: readonly Kind[] } | undefined;

/** The kinds that objects of this cluster can be of. */
export function kindsOf(objects: Objects): readonly Kind[] {
  const revision = objects.revision(CustomResourceDefinition);
  if (revision === undefined) return builtInKinds;
  if (last?.revision !== revision)
    last = {
      revision,
      kinds: [
        ...builtInKinds,
        ...objects
          .list(CustomResourceDefinition)
          .flatMap((definition) => customKindsOf(definition).map((one) => withKnownSchema(one.kind))),
      ],
    };
  return last.kinds;
}

/** Of the Gateway API more is known than its definitions here say. */
function withKnownSchema(kind: Kind): Kind {
  const known = gatewayKinds.find((one) => one.group === kind.group && one.kind === kind.kind);
  return known === undefined ? kind : { ...kind, schema: known.schema };
}
