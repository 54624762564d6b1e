/** Validating webhooks. (staging:apiserver/pkg/admission/plugin/webhook/errors/statuserror.go) */
import { badRequest, type Status } from '#kube/status.ts';
import type { Review } from './context.ts';

/** The first webhook's objection, as the API server passes it on. */
export function webhookRefusal(review: Review): Status | undefined {
  for (const webhook of review.context.webhooks ?? []) {
    const objection = webhook.review(review);
    if (objection !== undefined) return badRequest(`admission webhook ${JSON.stringify(webhook.name)} denied the request: ${objection}`);
  }
  return undefined;
}
