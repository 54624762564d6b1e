import { beforeAll, describe, expect, it } from '@jest/globals';
import { readCommands, readRecorded, type RecordedCommand } from '../../../apiserver/support/market.ts';
import { anonymous } from './support/anonymous.ts';
import { recordedEditors } from './support/editors.ts';
import { livingMarket } from './support/market.ts';
import { homeFiles, run } from './support/run.ts';

const startup = 'the kubelets of this test start and stop pods at once: there is nothing to wait for';
const shuffled = 'kubectl prints this from a Go map, in any order';
const prose = 'help in our own words';
const pruning = '--prune is refused';

/** Records that come out otherwise, by their place, and why. */
const differences: Readonly<Record<number, string>> = {
  133: prose,
  139: startup,
  140: 'the hash of a pod template is no FNV of a Go struct here, and another length moves columns',
  165: shuffled,
  186: 'slices are listed by name, and their names are random',
  196: startup,
  209: startup,
  240: "nobody renews the nodes' leases here, and drained pods come back",
  247: shuffled,
  279: startup,
  284: 'the service `kubernetes` is made again at once',
  301: 'the server quotes what is left of the patch when it fails',
  303: 'the server quotes what is left of the patch when it fails',
  332: pruning,
  333: pruning,
  358: startup,
  371: prose,
  372: prose,
  373: prose,
  376: prose,
  382: startup,
  383: startup,
};

interface Result {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Everything from the first record on, on one cluster. */
async function replay(records: readonly RecordedCommand[]): Promise<readonly Result[]> {
  const texts = JSON.parse(readRecorded('kubectl-write-files.json')) as Readonly<Record<string, string>>;
  let seen = '';
  const editors = { ...recordedEditors, '/root/e7': (text: string) => (seen = text) };
  const terminal = {
    lab: livingMarket(Date.parse(records[0]!.at)),
    files: homeFiles(Object.fromEntries(Object.entries(texts).map(([name, text]) => [`/root/${name}`, text]))),
    options: { version: 'v1.33.1' },
    editors,
  };
  const results: Result[] = [];
  for (const { command, stdin, at } of records) {
    const ahead = Date.parse(at) - terminal.lab.now;
    if (ahead > 0) terminal.lab.advance(ahead);
    results.push(command.startsWith('(') ? { stdout: seen, stderr: '', exitCode: 0 } : await run(terminal, command, stdin));
  }
  return results;
}

const records = readCommands('kubectl-write.jsonl');
let results: readonly Result[];

beforeAll(async () => {
  results = await replay(records);
}, 60_000);

function shown({ stdout, stderr, exitCode }: Result) {
  return { stdout: anonymous(stdout), stderr: anonymous(stderr), exitCode };
}

describe('changing commands, as kubectl v1.33.1 answered them one after the other', () => {
  it.each(records.map((record, i) => [record.command, i, record] as const))('%s (%d)', (_, i, record) => {
    const result = shown(results[i]!);
    if (differences[i] === undefined) expect(result).toEqual(shown(record));
    else expect(result).not.toEqual(shown(record));
  });
});
