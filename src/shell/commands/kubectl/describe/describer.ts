/** What a kind's describer is; registry.ts lists them. */
import type { KubeObject } from '#kube/object.ts';
import type { Context } from './context.ts';
import type { Lines } from './lines.ts';

/**
 * The text about one object. What else it tells of, it asks the server for; a refusal that the text cannot do without is thrown.
 * (kubectl: pkg/describe/describe.go, ResourceDescriber)
 */
export type Describer<T extends KubeObject = KubeObject> = (object: T, context: Context) => Lines;
