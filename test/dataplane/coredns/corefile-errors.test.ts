/** What CoreDNS says of Corefiles and command lines that are wrong, or only look so. */
import { describe, expect, it } from '@jest/globals';
import { startCoredns } from '#dataplane/coredns/process.ts';
import { filesOf, recordedEnvironment, recordedLines } from '../../support/coredns.ts';

interface Recorded {
  readonly id: string;
  readonly args: readonly string[];
  readonly corefile: string | null;
  readonly files?: Readonly<Record<string, string>>;
  readonly note?: string;
  readonly runs: boolean;
  readonly stdout: string;
  readonly stderr: string;
  readonly exit: number;
  readonly afterSIGINT?: string;
}

/** The recorded binary was built with another Go; the release prints go1.25.2. */
const released = (text: string) => text.replace('go1.26.3', 'go1.25.2');
/** How long a failed signature took, and when the next is tried, are chance. */
const timeless = (text: string) => text.replace(/ in \S+µs: /, ' in Tµs: ').replace(/next: \S+/, 'next: T');

describe('Corefiles', () => {
  it.each(recordedLines<Recorded>('bad-corefiles.jsonl').map((one) => [one.id, one] as const))('%s', (_, recorded) => {
    const texts: Record<string, string> = {
      '/etc/resolv.conf': 'nameserver 203.0.113.53\n',
      '/etc/coredns/Corefile': recorded.corefile ?? '.',
    };
    for (const [name, text] of Object.entries(recorded.files ?? {})) texts[`/etc/coredns/${name}`] = text;
    const environment = recordedEnvironment({ files: filesOf(texts), args: recorded.args });
    const outOfCluster = recorded.note?.includes('outside a cluster') === true;
    const started = startCoredns(outOfCluster ? { ...environment, kubernetes: undefined } : environment, Date.UTC(2026, 10, 23, 3, 18, 35));
    const lines = started.server ? [...started.stdout, ...started.server.stop('SIGINT', 0)] : started.stdout;
    const shown = (all: readonly { readonly text: string }[]) => all.map(({ text }) => `${text}\n`).join('');
    expect({ stdout: timeless(shown(lines)), stderr: started.stderr, exit: started.exitCode ?? 0 }).toEqual({
      stdout: timeless(released(recorded.stdout + (recorded.afterSIGINT ?? ''))),
      stderr: recorded.stderr,
      exit: recorded.exit,
    });
  });
});
