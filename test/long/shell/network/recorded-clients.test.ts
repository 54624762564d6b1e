import { describe, expect, it } from '@jest/globals';
import type { Output } from '#shell/command.ts';
import type { TimedOutput } from '#shell/timeline.ts';
import { MarketTerminal } from '../../../support/market-terminal.ts';
import { recordedLines, type Recorded } from '../../../support/recorded.ts';

interface ClientRecord extends Recorded {
  readonly from: string;
  readonly what: string;
}

const wanted = /^(timeout \d+ )?(busybox )?(curl|wget|nc|telnet|ping|traceroute)\b/;
const records = (recordedLines('market/client-tools.jsonl') as readonly ClientRecord[]).filter(({ command }) => wanted.test(command));

/** Lines end as the recorder read them: a carriage return is a new line. */
function universal(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll('\r', '\n');
}

/** Measured times, and how fast something was. */
const masks: readonly (readonly [RegExp, string])[] = [
  [/after \d+ (ms|milliseconds)/g, 'after * $1'],
  [/connect timeout after \d+ms/g, 'connect timeout after *ms'],
  [/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, '<time>'],
  [/= [\d.]+\/[\d.]+\/[\d.]+(\/[\d.]+)? ms/g, '= * ms'],
  [/(?<=time[= ]|\b)\d+(\.\d+)? ?ms\b/g, '* ms'],
  [/[\d.]+ [KMG]?B\/s/g, '* MB/s'],
  [/ +[\d.]+[KMG]?=0s/g, ' *=0s'],
  // The meter is written once a second, as seconds of the clock begin.
  [/(\n[ \d]{3} [ \d]{5}(?: +\d+)* +(?:[-\d:]+ +){3}\d+)+/g, '\n<meter>'],
];

function masked(text: string): string {
  return masks.reduce((rest, [pattern, by]) => rest.replace(pattern, by), universal(text));
}

/** What a command writes with both streams in one, without the lines that the recorded `grep -v` takes away. */
function joined(output: Output): string {
  const { moments } = output as TimedOutput;
  const text = universal(moments.map((moment) => moment.text).join(''));
  const lines = text.split('\n').filter((line) => !/^[{} ] \[|^ {2}/.test(line) || /^ {2}0 /.test(line));
  return lines.join('\n');
}

const grepped = / 2>&1 \| grep -v .*$/;

async function run(terminal: MarketTerminal, { from, command }: ClientRecord): Promise<Pick<Output, 'stdout' | 'stderr' | 'exitCode'>> {
  if (!grepped.test(command)) return terminal.run(from, command);
  const output = await terminal.shell(from).runArgv(command.replace(grepped, '').split(' '));
  return { stdout: joined(output), stderr: '', exitCode: 0 };
}

/**
 * What is not the same, and why. An address that nobody has is asked for three times; how much of that a program still waits for depends on
 * the command before it in the recording.
 */
const waits = /^(unused address in a pod range|host down on the node network)$/;
const silences: readonly (readonly [RegExp, string])[] = [
  [/(failed: )?(No route to host|Connection timed out|timed out: Operation now in progress)/g, '<silence>'],
  [/nc: (timed out|can't connect to remote host \([\d.]+\): <silence>)/g, 'nc: <silence>'],
  [/curl: \(\d+\) (Failed to connect to \S+ port \d+|Connection timed out) after \* (ms|milliseconds).*/g, 'curl: <silence>'],
];

const reasons: readonly (readonly [command: RegExp, reason: string])[] = [
  [/^busybox nc -w 2 10\.112\.33\.168 80/, 'the recorded server took the end of the input for a request'],
  [/^ping -c 1 -W 1 stall-hl\.market/, 'the recorded name server knew no PTR records of endpoints'],
  [/^curl .* -k .*:6443\/version$/, 'what a release was built from is not known'],
];

function shown({ stdout, stderr, exitCode }: Pick<Output, 'stdout' | 'stderr' | 'exitCode'>): string {
  return `${masked(stdout)}${masked(stderr) === '' ? '' : `--- stderr\n${masked(stderr)}`}[${exitCode}]`;
}

/** Load balancing takes what it takes: the recorded choice must come in some of so many tries. */
const tries = 40;

const terminal = new MarketTerminal(Date.parse('2026-11-23T03:41:37Z'));

const comparable = records.filter(({ command }) => !reasons.some(([pattern]) => pattern.test(command)));

describe('client programs on the recorded cluster', () => {
  it('leaves few out', () => {
    expect([records.length, comparable.length]).toEqual([569, 565]);
  });

  it.each(comparable.map((record, i) => [`${i} ${record.from}: ${record.command}`, record] as const))('%s', async (_title, record) => {
    const view = (output: Pick<Output, 'stdout' | 'stderr' | 'exitCode'>) => {
      const text = shown(output);
      return waits.test(record.what) ? silences.reduce((rest, [pattern, by]) => rest.replace(pattern, by), text) : text;
    };
    const expected = view(record);
    let made = '';
    for (let i = 0; i < tries; i++) {
      made = view(await run(terminal, record));
      if (made === expected) break;
    }
    expect(made).toBe(expected);
  });
});
