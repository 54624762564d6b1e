import { describe, expect, it } from '@jest/globals';
import type { Dial } from '#shell/commands/kubectl/dial.ts';
import { readCommands, type RecordedCommand } from '../../../apiserver/support/market.ts';
import { market } from './support/market.ts';
import { homeFiles, run } from './support/run.ts';

const shortEvent = 'one event of the recording is not in the dump, and it was the widest';
const managed = 'the dump has no managedFields';
const build = 'how the recorded server was built is nobody’s business here';
const noHosts = 'this cluster has no machines here: the API server cannot look for their names in a DNS that does not answer';
const otherKeys = 'the certificates of the kubeconfig are others than those recorded';
const prose = 'help in our own words';

/** Commands that come out otherwise, and why. */
const differences: Readonly<Record<string, string>> = {
  'kubectl get events -A': shortEvent,
  'kubectl get events -A -o wide': shortEvent,
  "kubectl get svc stall -n market -o jsonpath='{.spec.ports[7]}'": managed,
  "kubectl get svc stall -n market -o jsonpath='{@}'": managed,
  'kubectl get svc stall -n market -o yaml --show-managed-fields': managed,
  'kubectl get --raw /api/v1/namespaces/market/services/stall/status': managed,
  'kubectl version -o yaml': build,
  'kubectl version -o json': build,
  'kubectl --server=https://10.255.255.1:6443 --request-timeout=2s get pods': 'five ways for one dial to end, by what the clock said',
  'kubectl auth can-i --list --as jane -n market': 'the recorded server had a role for /.well-known that is not among those of the lab',
  'kubectl auth whoami': otherKeys,
  'kubectl --context=jane@market auth whoami': otherKeys,
  'kubectl logs solo -n market': noHosts,
  'kubectl logs deploy/stall -n market': noHosts,
  'kubectl logs halfway -n ledger': noHosts,
  'kubectl exec solo -n market -- ls': noHosts,
  'kubectl port-forward pod/solo 8080:80 -n market': noHosts,
  'kubectl port-forward svc/stall 8080:page -n market': noHosts,
  'kubectl attach solo -n market': noHosts,
  'kubectl options': prose,
  'kubectl plugin list': "the directories of another machine's PATH",
  'kubectl rollout': prose,
};

/** The network of the machine that the recording was made on. */
const dial: Dial = (_, { host, port }) => {
  if (host === '172.31.77.10' && port === 6443) return { connected: true, speaksTls: true };
  if (host.endsWith('.invalid')) return { connected: false, error: `dial tcp: lookup ${host} on 10.60.0.2:53: no such host` };
  return { connected: false, error: `dial tcp ${host === 'localhost' ? '127.0.0.1' : host}:${port}: connect: connection refused` };
};

/** Discovery had been kept on disk by earlier commands, but of the one server only. */
const cache = { '/root/.kube/cache/discovery/172.31.77.10_6443/servergroups.json': '{}' };

interface Result {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Lines of the log begin with the time and the number of the process. */
function shown({ stdout, stderr, exitCode }: Result): Result {
  return { stdout, stderr: stderr.replaceAll(/^([EWI])\d{4} [\d:.]+ +\d+ /gm, '$1 '), exitCode };
}

/** `at` is cut to the second: the command ran in the second that begins there. */
async function answerAt(record: RecordedCommand, milliseconds: number): Promise<Result> {
  const terminal = { lab: market(Date.parse(record.at) + milliseconds), files: homeFiles(cache), options: { version: 'v1.33.1', dial } };
  return shown(await run(terminal, record.command, record.stdin));
}

async function answerLike(record: RecordedCommand): Promise<Result> {
  const want = JSON.stringify(shown(record));
  let got = await answerAt(record, 0);
  for (const milliseconds of [500, 1000]) if (JSON.stringify(got) !== want) got = await answerAt(record, milliseconds);
  return got;
}

describe('reading commands, as kubectl v1.33.1 answered them', () => {
  it.each(readCommands('kubectl-read.jsonl').map((record, i) => [record.command, i, record] as const))('%s (%d)', async (_, __, record) => {
    const got = await answerLike(record);
    if (differences[record.command] === undefined) expect(got).toEqual(shown(record));
    else expect(got).not.toEqual(shown(record));
  });
});
