import { describe, expect, it } from '@jest/globals';
import { kubeletServerFiles, pkiFiles } from '#lab/bring-up/certificates.ts';
import {
  alternativeNames,
  commonNameOf,
  isAuthority,
  isFor,
  isIssuedBy,
  isSelfIssued,
  parseCertificates,
  type Certificate,
} from '#net/x509.ts';

const birth = Date.parse('2026-11-23T09:00:00Z');
const names = { node: 'controlplane', addresses: ['172.30.1.2'], serviceSubnet: '10.96.0.0/12', dnsDomain: 'cluster.local' };
const files = new Map(pkiFiles('x509', birth, names));

function read(file: string): Certificate {
  return parseCertificates(files.get(`/etc/kubernetes/pki/${file}.crt`)!)[0]!;
}

describe('the certificates of a cluster, read back', () => {
  it('have the subjects, issuers and times they were made with', () => {
    const apiserver = read('apiserver');
    expect(commonNameOf(apiserver)).toBe('kube-apiserver');
    expect(apiserver.issuer).toEqual([{ type: 'CN', value: 'kubernetes' }]);
    expect(new Date(apiserver.notBefore).toISOString()).toBe('2026-11-23T09:00:00.000Z');
    expect(new Date(apiserver.notAfter).toISOString()).toBe('2027-11-23T09:00:00.000Z');
    expect(read('apiserver-kubelet-client').subject).toEqual([
      { type: 'O', value: 'kubeadm:cluster-admins' },
      { type: 'CN', value: 'kube-apiserver-kubelet-client' },
    ]);
  });

  it.each([
    ['apiserver', 'ca', true],
    ['apiserver', 'etcd/ca', false],
    ['etcd/server', 'etcd/ca', true],
    ['front-proxy-client', 'front-proxy-ca', true],
    ['front-proxy-client', 'ca', false],
    ['ca', 'ca', true],
  ])('%s was issued by %s: %s', (file, issuer, expected) => {
    expect(isIssuedBy(read(file), read(issuer))).toBe(expected);
  });

  it('tell an authority of the same name with another key apart', () => {
    const other = parseCertificates(pkiFiles('another', birth, names)[0]![1])[0]!;
    expect(commonNameOf(other)).toBe('kubernetes');
    expect(isIssuedBy(read('apiserver'), other)).toBe(false);
  });

  it.each([
    ['apiserver', 'kubernetes.default', true],
    ['apiserver', 'kubernetes.default.svc.cluster.local', true],
    ['apiserver', '10.96.0.1', true],
    ['apiserver', '172.30.1.2', true],
    ['apiserver', '172.30.2.2', false],
    ['apiserver', 'localhost', false],
    ['etcd/server', 'localhost', true],
    ['etcd/server', '127.0.0.1', true],
  ])('%s is for %s: %s', (file, host, expected) => {
    expect(isFor(read(file), host)).toBe(expected);
  });

  it('know authorities', () => {
    expect([read('ca'), read('apiserver')].map(isAuthority)).toEqual([true, false]);
    expect([read('ca'), read('apiserver')].map(isSelfIssued)).toEqual([true, false]);
    expect(alternativeNames(read('ca'))?.dns).toEqual(['kubernetes']);
  });

  it('of a kubelet are of an authority of its own', () => {
    const [[, pem]] = kubeletServerFiles('x509', birth, 'node01') as [readonly [string, string]];
    const kubelet = parseCertificates(pem)[0]!;
    expect([commonNameOf(kubelet), kubelet.issuer[0]!.value]).toEqual(['node01@1795424400', 'node01-ca@1795424400']);
    expect(isFor(kubelet, 'node01')).toBe(true);
  });
});
