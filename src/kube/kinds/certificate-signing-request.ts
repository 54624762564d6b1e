import { defineKind, type ObjectOf } from '../kind.ts';
import { always, bytes, int32, list, map, nullable, pointer, required, string, struct, time, typed } from '../schema.ts';

export const CertificateSigningRequestCondition = struct('CertificateSigningRequestCondition', 'a decision on the request', {
  type: required(typed('RequestConditionType', string('Approved, Denied or Failed'))),
  status: required(typed('ConditionStatus', string('True, False or Unknown'))),
  reason: string('why, in one word'),
  message: string('why, in a sentence'),
  lastUpdateTime: nullable(time('when it was last written')),
  lastTransitionTime: nullable(time('since when the status is what it is')),
});

export const CertificateSigningRequestSpec = struct('CertificateSigningRequestSpec', 'the certificate that is asked for', {
  request: required(bytes('the request, in PEM')),
  signerName: required(string('who should sign it')),
  expirationSeconds: pointer(int32('how long it should live')),
  usages: list(typed('KeyUsage', string()), 'what the key is for'),
  username: string('who asks'),
  uid: string('UID of who asks'),
  groups: list(string(), 'groups of who asks'),
  extra: map(list(string()), 'what else is known of who asks'),
});

export const CertificateSigningRequest = defineKind(
  'CertificateSigningRequest',
  'asks for a certificate',
  {
    spec: required(CertificateSigningRequestSpec),
    status: always(
      struct('CertificateSigningRequestStatus', 'what was decided', {
        conditions: list(CertificateSigningRequestCondition, 'decisions', { mapKeys: ['type'] }),
        certificate: bytes('the certificate, in PEM'),
      }),
    ),
  },
  { group: 'certificates.k8s.io', shortNames: ['csr'], namespaced: false, subresources: ['approval', 'status'] },
);
export type CertificateSigningRequest = ObjectOf<typeof CertificateSigningRequest>;
