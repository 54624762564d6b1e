/** Logs questions and what became of them. (coredns: plugin/log, plugin/pkg/replacer) */
import { pick } from '#kube/chance.ts';
import type { Flags, Reply } from '../../../dns/message.ts';
import { doBit } from '../../../dns/message.ts';
import { fqdn, isSubDomain } from '../../../dns/name.ts';
import { queryLength, replyLength } from '../../../dns/wire.ts';
import { CorefileError } from '../../corefile/dispenser.ts';
import { logTo, nameOf, type CorednsPlugin, type Request, type Result, type Setup } from '../../plugin.ts';
import { classify, responseClasses, typify, type ResponseClass } from '../../response.ts';
import { bufferSize } from '../../scrub.ts';

const common = '{remote}:{port} - {>id} "{type} {class} {name} {proto} {size} {>do} {>bufsize}" {rcode} {>rflags} {rsize} {duration}';
const combined = `${common} "{>opcode}"`;

interface Rule {
  readonly scope: string;
  readonly format: string;
  readonly classes: readonly ResponseClass[];
}

export const log: CorednsPlugin = {
  name: 'log',
  setup(setup) {
    const rules: Rule[] = [];
    while (setup.next()) rules.push(...parseRules(setup));
    const seed = setup.environment.seed;
    setup.add({
      name: 'log',
      serve(request, next) {
        // The name stays as it came in; type and size are read when the line is written, after a rewrite.
        const name = nameOf(request);
        const rule = rules.find(({ scope }) => isSubDomain(scope, name));
        const before = request.call.elapsed;
        const result = next(request);
        if (rule === undefined) return result;
        const kind = classify(typify(result.reply));
        if (rule.classes.includes('all') || rule.classes.includes(kind)) {
          const seconds = (request.call.elapsed - before) / 1000 + duration(seed, request);
          logTo(request, `[INFO] ${format(rule.format, request, name, result, seconds)}`);
        }
        return result;
      },
    });
  },
};

function parseRules(setup: Setup): Rule[] {
  const args = setup.remainingArgs();
  const last = args.at(-1) ?? '';
  const own = args.length > 1 && last.includes('{');
  const scopes = args.length === 0 ? ['.'] : (own ? args.slice(0, -1) : args).map(fqdn);
  const classes: ResponseClass[] = [];
  while (setup.nextBlock()) {
    if (setup.word() !== 'class') throw setup.argumentError();
    const names = setup.remainingArgs();
    if (names.length === 0) throw setup.argumentError();
    for (const name of names) {
      if (!responseClasses.includes(name as ResponseClass)) throw new CorefileError(`invalid Class: ${name}`);
      classes.push(name as ResponseClass);
    }
  }
  const format = own ? last.replaceAll('{common}', common).replaceAll('{combined}', combined) : common;
  return scopes.map((scope) => ({ scope, format, classes: classes.length > 0 ? classes : ['all'] }));
}

/** What the plugins themselves take: some hundred microseconds, drawn from the seed. */
function duration(seed: string, { query, client, call }: Request): number {
  return (pick(`${seed}/coredns/duration/${query.id}/${client.port}/${call.receivedAt}`, 250_000) + 50_000) / 1e9;
}

function format(template: string, request: Request, name: string, { reply }: Result, seconds: number): string {
  const { query, client } = request;
  const values: { readonly [label: string]: () => string } = {
    type: () => query.question.type,
    class: () => query.question.class,
    name: () => name,
    proto: () => query.transport,
    remote: () => (client.ip.includes(':') ? `[${client.ip}]` : client.ip),
    local: () => request.local.ip,
    port: () => String(client.port),
    size: () => String(queryLength(query)),
    rcode: () => reply?.rcode ?? '-',
    rsize: () => (reply === undefined ? '0' : String(replyLength(reply, false))),
    duration: () => `${shortest(seconds)}s`,
    '>id': () => String(query.id),
    '>opcode': () => '0',
    '>do': () => String(((query.edns?.flags ?? 0) & doBit) !== 0),
    '>bufsize': () => String(bufferSize(query)),
    '>rflags': () => (reply === undefined ? '-' : flagsText(reply)),
  };
  return template.replace(/\{([^{}]*)\}/g, (whole, label: string) => values[label]?.() ?? (label.startsWith('/') ? '-' : whole));
}

/** Nanoseconds at most, without zeros at the end. */
function shortest(seconds: number): string {
  return seconds.toFixed(9).replace(/\.?0+$/, '');
}

const flagOrder: readonly (keyof Flags)[] = ['aa', 'tc', 'rd', 'ra', 'ad', 'cd'];

function flagsText(reply: Reply): string {
  return ['qr', ...flagOrder.filter((flag) => reply.flags[flag])].join(',');
}
