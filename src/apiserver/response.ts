import type { Kind } from '#kube/kind.ts';
import type { Status } from '#kube/status.ts';
import type { ApiResponse } from './request.ts';

/** A JSON answer. */
export function json(code: number, body: unknown, warnings: readonly string[] = []): ApiResponse {
  return { code, body, contentType: 'application/json', warnings };
}

export function text(code: number, body: string): ApiResponse {
  return { code, body, contentType: 'text/plain; charset=utf-8', warnings: [] };
}

/** A refusal as `metav1.Status`. */
export function refusal(status: Status, warnings: readonly string[] = []): ApiResponse {
  const { code, reason, message, details } = status;
  const body = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    ...(reason !== '' && { reason }),
    ...(details !== undefined && { details }),
    code,
  };
  return json(code, body, warnings);
}

/** The answer to a delete that took the object away at once (handlers/delete.go). */
export function deleted(kind: Kind, name: string, uid: string | undefined, warnings: readonly string[] = []): ApiResponse {
  const details = { name, ...(kind.group !== '' && { group: kind.group }), kind: kind.plural, ...(uid !== undefined && { uid }) };
  return json(200, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details }, warnings);
}

/** Refusals that no object is to blame for (apimachinery: errors.NewGenericServerResponse and friends). */
export const pathNotFound: Status = {
  code: 404,
  reason: 'NotFound',
  message: 'the server could not find the requested resource',
  details: {},
};
export const methodNotAllowed: Status = {
  code: 405,
  reason: 'MethodNotAllowed',
  message: 'the server does not allow this method on the requested resource',
  details: {},
};
export const unprocessable: Status = {
  code: 422,
  reason: 'Invalid',
  message: 'the server rejected our request due to an error in our request',
  details: {},
};

export const unavailable: Status = {
  code: 503,
  reason: 'ServiceUnavailable',
  message: 'the server is currently unable to handle the request',
  details: {},
};

export function unsupportedMediaType(accepted: readonly string[]): Status {
  return {
    code: 415,
    reason: 'UnsupportedMediaType',
    message: `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  };
}

export function internalError(message: string): Status {
  return {
    code: 500,
    reason: 'InternalError',
    message: `Internal error occurred: ${message}`,
    details: { causes: [{ reason: '', message }] },
  };
}

/** An error that the server has no better word for. */
export function unknownError(message: string): Status {
  return { code: 500, reason: '', message };
}
