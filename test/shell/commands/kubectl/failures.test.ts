/** What the command line is to blame for is worded as kubectl does; our own mistakes are not hidden behind that. */
import { describe, expect, it } from '@jest/globals';
import { certificate, privateKey } from '#node/pki/certificate.ts';
import { market } from './support/market.ts';
import { homeFiles, run } from './support/run.ts';

const lab = market(Date.parse('2026-11-23T03:10:00Z'));
const terminal = { lab, files: homeFiles(), options: { version: 'v1.33.1' } };

describe('failures', () => {
  it.each([
    ['kubectl get pods -o go-template=\'{{"\\q"}}\'', 'error: error parsing template'],
    ['kubectl apply -f http://[', 'the URL passed to filename "http://[" is not valid'],
    ['kubectl --server=http://[ get pods', 'error: host must be a URL or a host:port pair: "http://["'],
    ["kubectl patch svc stall -n market --dry-run=client --type=merge -p '{'", 'error: '],
  ])('of the command line: %s', async (line, message) => {
    const { stderr, exitCode } = await run(terminal, line);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(1);
  });

  it.each([
    ['its own', 'one', 0, ''],
    ["another's", 'other', 1, 'error: tls: private key does not match public key\n'],
  ])('of a certificate with %s key', async (_, name, status, message) => {
    const files = homeFiles({
      '/root/one.crt': certificate('one', { name: 'one' }, { name: 'one' }, 0),
      '/root/one.key': privateKey('one'),
      '/root/other.key': privateKey('other'),
    });
    const line = `kubectl create secret tls web --cert=/root/one.crt --key=/root/${name}.key --dry-run=client`;
    const { stderr, exitCode } = await run({ ...terminal, files }, line);
    expect([exitCode, stderr]).toEqual([status, message]);
  });

  it.each(['kubectl get pods -n market', 'kubectl describe svc stall -n market', 'kubectl rollout status deploy/stall -n market'])(
    'of ours: %s',
    async (line) => {
      const dial = () => {
        throw new TypeError('unreachable: a mistake of ours');
      };
      await expect(run({ ...terminal, options: { ...terminal.options, dial } }, line)).rejects.toThrow('unreachable: a mistake of ours');
    },
  );
});
