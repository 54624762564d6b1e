/** openssl on the cluster's certificates: what it prints, told apart by Node's own reading of them. (The real one: test/real/openssl.test.ts.) */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { createHash, X509Certificate } from 'node:crypto';
import type { Lesson } from '#lesson/lesson.ts';
import { lessonOf } from '../../../support/session.ts';

let lesson: Lesson;
beforeAll(async () => {
  lesson = await lessonOf('scenarios/services/service-selector-mismatch.yaml');
}, 30_000);

const pki = '/etc/kubernetes/pki';
const run = (line: string) => lesson.run(`cd ${pki} && ${line}`);
const read = async (name: string) => new X509Certificate((await run(`cat ${name}.crt`)).stdout);

const names = ['ca', 'apiserver', 'apiserver-kubelet-client', 'front-proxy-client', 'etcd/ca', 'etcd/server'];
describe.each(names)('openssl x509 -in %s.crt', (name) => {
  it('agrees with Node on every field', async () => {
    const own = await read(name);
    const { stdout } = await run(
      `openssl x509 -in ${name}.crt -noout -subject -issuer -dates -serial -fingerprint -sha256 -modulus -nameopt RFC2253`,
    );
    const field = (label: string) => new RegExp(`^${label}=(.*)$`, 'm').exec(stdout)?.[1];
    const reversed = (text: string) => text.split('\n').reverse().join(',');
    expect(field('subject')).toBe(reversed(own.subject));
    expect(field('issuer')).toBe(reversed(own.issuer));
    expect(field('notBefore')).toBe(own.validFrom);
    expect(field('notAfter')).toBe(own.validTo);
    expect(field('serial')).toBe(own.serialNumber);
    expect(field('sha256 Fingerprint')).toBe(own.fingerprint256);
    expect(Buffer.from(field('Modulus')!, 'hex').toString('base64url')).toBe(own.publicKey.export({ format: 'jwk' }).n);
  });

  it('prints the key and the certificate again', async () => {
    const own = await read(name);
    const { stdout } = await run(`openssl x509 -in ${name}.crt -pubkey`);
    expect(stdout).toBe(own.publicKey.export({ type: 'spki', format: 'pem' }).toString() + own.toString());
  });
});

// prettier-ignore
const rows: [line: string, stdout: string | RegExp, stderr: string | RegExp, exitCode: number][] = [
  // x509
  ['openssl x509 -in apiserver.crt -noout -subject', 'subject=CN = kube-apiserver\n', '', 0],
  ['openssl x509 -in apiserver.crt -noout -issuer', 'issuer=CN = kubernetes\n', '', 0],
  ['openssl x509 -in apiserver.crt -noout -enddate', 'notAfter=Nov 14 09:55:00 2027 GMT\n', '', 0],
  ['openssl x509 -in apiserver.crt -noout -enddate -dateopt iso_8601', 'notAfter=2027-11-14 09:55:00Z\n', '', 0],
  ['openssl x509 -in apiserver.crt -noout -ext subjectAltName', 'X509v3 Subject Alternative Name: \n    DNS:controlplane, DNS:kubernetes, DNS:kubernetes.default, DNS:kubernetes.default.svc, DNS:kubernetes.default.svc.cluster.local, IP Address:10.96.0.1, IP Address:172.30.1.2\n', '', 0],
  ['openssl x509 -in front-proxy-client.crt -noout -ext subjectAltName', '', 'No extensions in certificate\n', 0],
  ['openssl x509 -in apiserver.crt -noout -text | grep -A1 "Key Usage"', /X509v3 Key Usage: critical\n +Digital Signature, Key Encipherment\n +X509v3 Extended Key Usage: \n +TLS Web Server Authentication\n/, '', 0],
  ['openssl x509 -in apiserver.crt -noout -checkend 86400', 'Certificate will not expire\n', '', 0],
  ['openssl x509 -in apiserver.crt -noout -checkend 99999999', 'Certificate will expire\n', '', 1],
  ['cat apiserver.crt | openssl x509 -noout -subject', 'subject=CN = kube-apiserver\n', '', 0],
  ['openssl x509 -in apiserver.key -noout', '', /^Could not read certificate from apiserver\.key\n.*:unsupported:.*\nUnable to load certificate\n$/, 1],
  ['openssl x509 -in nope -noout', '', /^Could not open file or uri for loading certificate from nope\n.*No such file or directory/s, 1],
  // verify
  ['openssl verify -CAfile ca.crt apiserver.crt apiserver-kubelet-client.crt', 'apiserver.crt: OK\napiserver-kubelet-client.crt: OK\n', '', 0],
  ['openssl verify -CAfile etcd/ca.crt apiserver.crt', '', 'CN = kube-apiserver\nerror 20 at 0 depth lookup: unable to get local issuer certificate\nerror apiserver.crt: verification failed\n', 2],
  ['openssl verify ca.crt', '', 'CN = kubernetes\nerror 18 at 0 depth lookup: self-signed certificate\nerror ca.crt: verification failed\n', 2],
  ['openssl verify -CAfile ca.crt -verify_hostname kubernetes apiserver.crt', 'apiserver.crt: OK\n', '', 0],
  ['openssl verify -CAfile ca.crt -verify_hostname nope apiserver.crt', '', /error 62 at 0 depth lookup: hostname mismatch/, 2],
  ['openssl verify -CAfile ca.crt -attime 1900000000 apiserver.crt', '', /error 10 at 0 depth lookup: certificate has expired/, 2],
  // s_client
  ['openssl s_client -connect 172.30.1.2:6443 -CAfile ca.crt </dev/null 2>/dev/null | grep -E "subject|Verify return"', 'subject=CN = kube-apiserver\nVerify return code: 0 (ok)\n', '', 0],
  ['openssl s_client -connect 172.30.1.2:6443 </dev/null 2>/dev/null | grep "Verify return"', 'Verify return code: 21 (unable to verify the first certificate)\n', '', 0],
  ['openssl s_client -connect 172.30.1.2:1 </dev/null', '', /Connection refused/, 1],
  ['openssl s_client -connect 172.30.1.2:6443 -showcerts </dev/null 2>/dev/null | openssl x509 -noout -enddate', 'notAfter=Nov 14 09:55:00 2027 GMT\n', '', 0],
  // the others
  ['openssl version', /^OpenSSL 3\.0\.\d+ /, '', 0],
  ['openssl frobnicate', '', 'Invalid command \'frobnicate\'; type "help" for a list.\n', 1],
  ['openssl enc -aes-256-cbc', '', 'cka-net: openssl enc is not simulated\n', 1],
  ['openssl req -new', '', /not simulated/, 1],
];

describe('openssl', () => {
  it.each(rows)('%s', async (line, stdout, stderr, exitCode) => {
    const ran = await run(line);
    if (typeof stdout === 'string') expect(ran.stdout).toBe(stdout);
    else expect(ran.stdout).toMatch(stdout);
    if (typeof stderr === 'string') expect(ran.stderr).toBe(stderr);
    else expect(ran.stderr).toMatch(stderr);
    expect(ran.exitCode).toBe(exitCode);
  });

  it('makes a certificate whose key is the one beside it', async () => {
    await lesson.run(
      "cd /tmp && openssl req -x509 -newkey rsa:2048 -nodes -subj '/CN=shop' -keyout k -out c -addext subjectAltName=DNS:web.shop",
    );
    const own = new X509Certificate((await lesson.run('cat /tmp/c')).stdout);
    expect([own.subject, own.checkHost('web.shop')]).toEqual(['CN=shop', 'web.shop']);
    expect((await lesson.run('kubectl create secret tls t --cert /tmp/c --key /tmp/k')).stdout).toBe('secret/t created\n');
  });
});

it('kubeadm pins the authority by the hash of its public key', async () => {
  const key = (await read('ca')).publicKey.export({ type: 'spki', format: 'der' });
  const { stdout } = await run('kubeadm token create --print-join-command');
  expect(stdout).toContain(`--discovery-token-ca-cert-hash sha256:${createHash('sha256').update(key).digest('hex')} `);
});
