/** Changes the order of addresses from answer to answer. (coredns: plugin/loadbalance) */
import { stream } from '#kube/chance.ts';
import { parseIp } from '#net/ip.ts';
import type { Reply, ResourceRecord } from '../../../dns/message.ts';
import { CorefileError } from '../../corefile/dispenser.ts';
import { parseDuration } from '../../go/duration.ts';
import type { CorednsPlugin, Setup } from '../../plugin.ts';
import { normalizeName } from '../../zone.ts';

/** Weights of addresses, by name. */
type Weights = ReadonlyMap<string, ReadonlyMap<string, number>>;

export const loadbalance: CorednsPlugin = {
  name: 'loadbalance',
  setup(setup) {
    setup.next();
    const weights = parse(setup);
    const { seed } = setup.environment;
    setup.add({
      name: 'loadbalance',
      serve(request, next) {
        const result = next(request);
        const { reply } = result;
        if (reply?.rcode !== 'NOERROR' || reply.question.type === 'AXFR' || reply.question.type === 'IXFR') return result;
        // There is nothing to put in order.
        if (reply.answer.length < 2 && reply.authority.length < 2 && reply.additional.length < 2) return result;
        const draw = stream(`${seed}/coredns/loadbalance/${request.query.id}/${request.client.port}/${request.call.receivedAt}`);
        if (weights) return { ...result, reply: weighted(reply, weights(), draw) };
        const shuffled = (records: readonly ResourceRecord[]) => shuffle(records, draw);
        return {
          ...result,
          reply: { ...reply, answer: shuffled(reply.answer), authority: shuffled(reply.authority), additional: shuffled(reply.additional) },
        };
      },
    });
  },
};

/** The weights to use, when the policy is `weighted`. */
function parse(setup: Setup): (() => Weights) | undefined {
  const [policy = 'round_robin', file, ...more] = setup.remainingArgs();
  if (policy === 'round_robin') {
    if (file !== undefined) throw setup.error(`unknown property for ${policy}`);
    return undefined;
  }
  if (policy !== 'weighted') throw new CorefileError(`unknown policy: ${policy}`);
  if (file === undefined) throw setup.error('missing weight file argument');
  if (more.length > 0) throw setup.error('unexpected argument(s)');
  while (setup.nextBlock()) {
    if (setup.word() !== 'reload') throw setup.error(`unknown property '${setup.word()}'`);
    const [duration, ...rest] = setup.remainingArgs();
    if (duration === undefined) throw setup.error('reload duration value is missing');
    if (rest.length > 0) throw setup.error('unexpected argument');
    if (!parseDuration(duration).ok) throw setup.error(`invalid reload duration '${duration}'`);
  }
  const path = file.startsWith('/') || setup.block.root === '' ? file : `${setup.block.root}/${file}`;
  const { files } = setup.environment;
  return () => parseWeights(files.read(path) ?? '');
}

/** A name on a line of its own, then its addresses with their weights. */
function parseWeights(text: string): Weights {
  const weights = new Map<string, Map<string, number>>();
  let current: Map<string, number> | undefined;
  for (const line of text.split('\n')) {
    const [first, weight] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (!first) continue;
    const address = parseIp(first);
    if (address === undefined) weights.set(normalizeName(first), (current = new Map()));
    else current?.set(address, Number(weight));
  }
  return weights;
}

/** Aliases first, then all the rest, then addresses and mail exchangers in a new order. */
function shuffle(records: readonly ResourceRecord[], draw: () => number): ResourceRecord[] {
  const of = (...types: string[]) => records.filter(({ type }) => types.includes(type));
  const rest = records.filter(({ type }) => !['CNAME', 'A', 'AAAA', 'MX'].includes(type));
  return [...of('CNAME'), ...rest, ...mixed(of('A', 'AAAA'), draw), ...mixed(of('MX'), draw)];
}

function mixed(records: ResourceRecord[], draw: () => number): ResourceRecord[] {
  for (let i = records.length - 1; i > 0; i--) {
    const j = Math.floor((draw() / 0x1_0000_0000) * (i + 1));
    [records[i], records[j]] = [records[j]!, records[i]!];
  }
  return records;
}

/** One address by its weight is put first. */
function weighted(reply: Reply, weights: Weights, draw: () => number): Reply {
  const addresses = reply.answer.filter(({ type }) => type === 'A' || type === 'AAAA');
  const own = weights.get(addresses[0]?.name.toLowerCase() ?? '');
  if (own === undefined || addresses.length < 2) return reply;
  const weightOf = ({ data }: ResourceRecord) => own.get(data) ?? 1;
  let left = (draw() / 0x1_0000_0000) * addresses.reduce((sum, one) => sum + weightOf(one), 0);
  const first = addresses.find((one) => (left -= weightOf(one)) < 0) ?? addresses[0]!;
  const others = reply.answer.filter((one) => !addresses.includes(one));
  return { ...reply, answer: [...others, first, ...addresses.filter((one) => one !== first)] };
}
