import { humanDuration } from '#apiserver/tables/duration.ts';
import type { CertificateSigningRequest } from '#kube/kinds/certificate-signing-request.ts';
import { parseCertificateRequest, type CertificateRequest } from './certificate-request.ts';
import type { Context } from './context.ts';
import { field, type Lines } from './lines.ts';
import { mapText } from './metadata.ts';
import { rfc1123 } from './time.ts';
import { KubectlError } from '../errors.ts';

/** (kubectl: describeCertificateSigningRequest) */
export function describeCertificateSigningRequest(request: CertificateSigningRequest, context: Context): Lines {
  const { metadata, spec } = request;
  const parsed = parsedRequest(spec.request);
  return [
    field('Name', metadata.name),
    field('Labels', mapText(metadata.labels)),
    field('Annotations', mapText(metadata.annotations)),
    field('CreationTimestamp', rfc1123(metadata.creationTimestamp)),
    field('Requesting User', spec.username ?? ''),
    ...(spec.signerName === '' ? [] : [field('Signer', spec.signerName)]),
    ...(spec.expirationSeconds === undefined ? [] : [field('Requested Duration', humanDuration(spec.expirationSeconds * 1000))]),
    field('Status', statusText(request)),
    'Subject:',
    ...subjectLines(parsed.subject),
    ...alternativeNameLines(parsed),
    ...context.events(request),
  ];
}

function parsedRequest(request: string): CertificateRequest {
  try {
    return parseCertificateRequest(atob(request));
  } catch (error) {
    throw new KubectlError(`Error parsing CSR: ${(error as Error).message}`);
  }
}

/** `Approved,Issued` (kubectl: extractCSRStatus) */
function statusText({ status }: CertificateSigningRequest): string {
  const has = (type: string) => (status.conditions ?? []).some((condition) => condition.type === type);
  const decision = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending';
  return `${decision}${has('Failed') ? ',Failed' : ''}${(status.certificate ?? '') === '' ? '' : ',Issued'}`;
}

function subjectLines(subject: CertificateRequest['subject']): Lines {
  return [
    `\t${field('Common Name', subject.commonName.at(-1) ?? '')}`,
    `\t${field('Serial Number', subject.serialNumber.at(-1) ?? '')}`,
    ...listLines('Organization', subject.organization),
    ...listLines('Organizational Unit', subject.organizationalUnit),
    ...listLines('Country', subject.country),
    ...listLines('Locality', subject.locality),
    ...listLines('Province', subject.province),
    ...listLines('StreetAddress', subject.streetAddress),
    ...listLines('PostalCode', subject.postalCode),
  ];
}

function alternativeNameLines({ dnsNames, emailAddresses, uris, ipAddresses }: CertificateRequest): Lines {
  const lines = [
    ...listLines('DNS Names', dnsNames),
    ...listLines('Email Addresses', emailAddresses),
    ...listLines('URIs', uris),
    ...listLines('IP Addresses', ipAddresses),
  ];
  return lines.length === 0 ? [] : ['Subject Alternative Names:', ...lines];
}

function listLines(name: string, values: readonly string[]): Lines {
  return values.map((value, i) => (i === 0 ? `\t${field(name, value)}` : `\t\t${value}`));
}
