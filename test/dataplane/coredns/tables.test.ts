/**
 * Tables of questions in `tables/`: objects, Corefiles, and below each the questions with the reason for what comes back. A block is
 * `? NAME TYPE ; why`, then the code and flags, and the records as a zone file has them: `!` authority, `+` additional.
 */
import { describe, expect, it } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadAll } from 'js-yaml';
import { Cluster } from '#kube/cluster.ts';
import type { Kind } from '#kube/kind.ts';
import { EndpointSlice } from '#kube/kinds/endpoint-slice.ts';
import { Namespace } from '#kube/kinds/namespace.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { Service } from '#kube/kinds/service.ts';
import type { KubeObject } from '#kube/object.ts';
import { ask, filesOf, recordedEnvironment, serverWith } from '../../support/coredns.ts';

const path = (name: string) => fileURLToPath(new URL(`./tables/${name}`, import.meta.url));

const cluster = (() => {
  const kinds: readonly Kind[] = [Service, EndpointSlice, Pod, Namespace];
  const draft = new Cluster().edit();
  for (const object of loadAll(readFileSync(path('objects.yaml'), 'utf8')) as KubeObject[])
    draft.keep(
      kinds.find((kind) => kind.kind === object.kind)!,
      object,
    );
  return draft.publish();
})();

interface Block {
  /** `NAME TYPE` */
  readonly question: string;
  readonly why: string;
  readonly reply: readonly string[];
}

interface Table {
  readonly title: string;
  readonly corefile: string;
  readonly blocks: readonly Block[];
}

/** `# title`, the Corefile, `---`, and blocks with an empty line between them. */
function parse(text: string): readonly Table[] {
  return text
    .split(/^# /m)
    .slice(1)
    .map((part) => {
      const [head = '', body = ''] = part.split(/^---\n/m);
      const [title = '', ...corefile] = head.split('\n');
      const blocks = body
        .trim()
        .split(/\n\s*\n/)
        .map((block): Block => {
          const [first = '', ...reply] = block.split('\n');
          const [, question = '', why = ''] = /^\? (\S+ \S+) +; (.+)$/.exec(first) ?? [];
          return { question, why, reply };
        });
      return { title, corefile: corefile.join('\n'), blocks };
    });
}

function print(tables: readonly Table[]): string {
  return tables
    .map(({ title, corefile, blocks }) => {
      const shown = blocks.map(({ question, why, reply }) => [`? ${question}  ; ${why}`, ...reply].join('\n'));
      return `# ${title}\n${corefile}---\n${shown.join('\n\n')}\n`;
    })
    .join('\n');
}

const files = filesOf({
  '/etc/resolv.conf': 'nameserver 203.0.113.53\n',
  '/etc/coredns/office.hosts': '192.0.2.5 printer.office.test printer\n2001:db8::5 printer.office.test\n',
  '/etc/coredns/lab.zone': readFileSync(path('lab.zone'), 'utf8'),
});

const environment = recordedEnvironment();
const tables = parse(readFileSync(path('questions.txt'), 'utf8'));
const answered = tables.map((table) => {
  const server = serverWith(table.corefile, { files, kubernetes: { ...environment.kubernetes!, objects: () => cluster } });
  return { ...table, blocks: table.blocks.map((block) => ({ ...block, reply: ask(server, block.question) })) };
});
if (process.env['UPDATE'] === '1') writeFileSync(path('questions.txt'), print(answered));

describe.each(tables.map((table, i) => [table.title, table, answered[i]!] as const))('%s', (_, table, actual) => {
  it.each(table.blocks.map((block, i) => [block.question, block.why, block, actual.blocks[i]!] as const))('%s: %s', (_, __, block, given) =>
    expect(given.reply).toEqual(block.reply),
  );
});

it('has two hundred questions and more, each with its reason', () => {
  const blocks = tables.flatMap((table) => table.blocks);
  expect(blocks.length).toBeGreaterThanOrEqual(200);
  expect(blocks.filter(({ question, why }) => question === '' || why === '')).toEqual([]);
});
