/** One of the API server's admission plugins. (staging:apiserver/pkg/admission/interfaces.go) */
import type { KubeObject } from '#kube/object.ts';
import type { Result, Status } from '#kube/status.ts';
import type { Review } from './context.ts';

export interface Plugin {
  readonly name: string;
  /** Completes the object before it is validated, or refuses it. */
  mutate?(review: Review): Result<KubeObject, Status>;
  /** Looks at the object as it will be stored: a refusal, or undefined. `warn` takes remarks. */
  validate?(review: Review, warn: (text: string) => void): Status | undefined;
}
