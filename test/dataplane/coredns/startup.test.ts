/** Standard output of the recorded servers until their first question. */
import { expect, it } from '@jest/globals';
import { startCoredns } from '#dataplane/coredns/process.ts';
import { filesOf, recordedEnvironment, recordedLines, recordedText } from '../../support/coredns.ts';

interface Recorded {
  readonly corefile: string;
  readonly stdout: string;
}

it.each(recordedLines<Recorded>('startup.jsonl').map((one) => [one.corefile, one] as const))('%s', (name, recorded) => {
  const corefile = recordedText(`corefiles/${name}.Corefile`);
  const files = filesOf({ '/etc/resolv.conf': 'nameserver 203.0.113.53\n', '/etc/coredns/Corefile': corefile });
  const started = startCoredns(recordedEnvironment({ files }), 0);
  expect(started.stderr).toBe('');
  // The recorded binary was built with another Go; the release prints go1.25.2.
  expect(started.stdout.map(({ text }) => `${text}\n`).join('')).toBe(recorded.stdout.replace('go1.26.3', 'go1.25.2'));
});
