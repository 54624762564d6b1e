/** Validating webhooks. (staging:apiserver/pkg/admission/plugin/webhook: validating/dispatcher.go, errors/statuserror.go) */
import { badRequest, type Status } from '#kube/status.ts';
import type { Objection, Review } from './context.ts';

/** The first webhook's refusal; `warn` takes what they remark. All are asked. */
export function webhookRefusal(review: Review, warn: (text: string) => void): Status | undefined {
  let refusal: Status | undefined;
  for (const webhook of review.context.webhooks ?? []) {
    const objection = webhook.review(review, warn);
    if (objection !== undefined) refusal ??= statusOf(webhook.name, objection, review.context.minorVersion);
  }
  return refusal;
}

function statusOf(name: string, objection: Objection, minorVersion: number): Status {
  const named = `admission webhook ${JSON.stringify(name)}`;
  switch (objection.kind) {
    case 'denied':
      return badRequest(`${named} denied the request: ${objection.message}`);
    case 'no-dry-run':
      return badRequest(`${named} does not support dry run`);
    case 'failed': {
      const cause = `failed calling webhook ${JSON.stringify(name)}: ${minorVersion >= 22 ? 'failed to call webhook: ' : ''}${objection.why}`;
      return {
        code: 500,
        reason: 'InternalError',
        message: `Internal error occurred: ${cause}`,
        details: { causes: [{ reason: '', message: cause }] },
      };
    }
  }
}
