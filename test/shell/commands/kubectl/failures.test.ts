/** What the command line is to blame for is worded as kubectl does; our own mistakes are not hidden behind that. */
import { describe, expect, it } from '@jest/globals';
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
