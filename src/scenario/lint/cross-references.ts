/** How the parts of a scenario fit together, where nothing forbids what is written and it is hardly meant. */
import { builtInKinds } from '#kube/kinds/index.ts';
import { addonManifests } from '#lab/bring-up/addons.ts';
import { wrongAnswers } from '#learn/questions/kind.ts';
import { chosen } from '#learn/choices.ts';
import { contains, containsCidr, familyOf, overlaps, parseCidr, parseIp, type Cidr } from '#net/ip.ts';
import { didYouMean } from '../nearest.ts';
import type { Scenario } from '../scenario.ts';
import { definitionsOf } from './definitions.ts';
import { mentionsIn, type Mention } from './mentions.ts';
import { each, rule, type Found, type Rule } from './rule.ts';

export const crossReferences: readonly Rule[] = [
  rule('unknown-resource', 'error', 'types of resources that the API has', (scenario) => {
    const known = resourceNames(scenario);
    return inMentions(scenario, ({ resource, path }) => {
      const [type = ''] = (resource ?? '').split('.');
      if (resource === undefined || known.has(type)) return [];
      const note = 'it is the singular or plural that `kubectl api-resources` lists, or its short name';
      return [scenario.problem(path, `the API has no resource type "${resource}"${didYouMean(type, known)}`, note)];
    });
  }),

  rule('unknown-namespace', 'warning', 'namespaces that there are', (scenario) => {
    const known = namespacesOf(scenario);
    const lines = linesOf(scenario);
    return inMentions(scenario, ({ namespace, path }) => {
      if (namespace === undefined || known.includes(namespace) || mentions(lines, namespace)) return [];
      const at = path.at(-1) === 'ref' ? [...path.slice(0, -1), 'namespace'] : path;
      return [
        scenario.problem(
          at,
          `no namespace is called "${namespace}"${didYouMean(namespace, known)}`,
          `the namespaces are ${known.join(', ')}`,
        ),
      ];
    });
  }),

  rule('unknown-object', 'warning', 'pods and Services that somebody makes', (scenario) => {
    const namespaces = namespacesOf(scenario);
    const lines = linesOf(scenario);
    return inMentions(scenario, (mention) => {
      const { as, namespace = 'default', name, path } = mention;
      if (as === 'ref' || !namespaces.includes(namespace) || namespace.startsWith('kube-')) return [];
      const all = namesIn(scenario, as, namespace);
      if (isThere(mention, all) || mentions(lines, name)) return [];
      const names = all.map(({ name: one }) => one);
      const what = as === 'pod' ? 'pod' : 'Service';
      const note =
        names.length === 0
          ? `nothing in ${namespace} makes one`
          : `in ${namespace} there ${names.length === 1 ? 'is' : 'are'} ${names.join(', ')}`;
      return [scenario.problem(path, `no ${what} of ${namespace} is called "${name}"${didYouMean(name, names)}`, note)];
    });
  }),

  rule('wrong-choice', 'error', 'wrong answers that can be chosen', (scenario) =>
    each(scenario, (question, path) => {
      if (question.type !== 'choice') return [];
      const texts = question.choices.map((choice) => (typeof choice === 'string' ? choice : choice.text));
      return wrongAnswers(question.wrong).flatMap((answer, index) =>
        chosen(answer, texts) === undefined
          ? [
              scenario.problem(
                [...path, 'wrong', index],
                `"${answer}" is none of the choices${didYouMean(answer, texts)}`,
                'what is no choice proves nothing: write the text of one, or leave it out',
              ),
            ]
          : [],
      );
    }),
  ),

  rule('ranges', 'warning', 'address ranges that do not get in each other\u2019s way', (scenario) => {
    const { networking, nodes } = scenario.cluster;
    const path = ['spec', 'cluster'];
    const pods = rangesOf(networking.podSubnet);
    const services = rangesOf(networking.serviceSubnet);
    const seen = new Map<Cidr, string>();
    return [
      ...pods.flatMap((one) =>
        services.some((other) => overlaps(one, other))
          ? [
              scenario.problem(
                [...path, 'networking', 'podSubnet'],
                `the ranges of pods and of Services overlap: ${one} and ${networking.serviceSubnet}`,
                'an address could be both; take ranges apart',
              ),
            ]
          : [],
      ),
      ...nodes.flatMap((node, at) => {
        const here = [...path, 'nodes', at];
        const family = familyOf(services[0]!);
        return [
          ...(node.addresses === undefined || node.addresses.some((text) => familyOf(parseIp(text)!) === family)
            ? []
            : [
                scenario.problem(
                  [...here, 'addresses'],
                  `${node.name} has no ${family} address, and serviceSubnet is ${family}`,
                  'the API server and kube-proxy want both of one family',
                ),
              ]),
          ...(node.podCIDRs ?? []).flatMap((text, index): readonly Found[] => {
            const range = parseCidr(text)!;
            const place = [...here, 'podCIDRs', index];
            const earlier = seen.get(range);
            seen.set(range, earlier ?? node.name);
            if (earlier !== undefined)
              return [scenario.problem(place, `${text} is the range of ${earlier} already`, 'two nodes would hand out the same addresses')];
            if (pods.some((subnet) => containsCidr(subnet, range))) return [];
            return [
              scenario.problem(
                place,
                `${text} is outside of podSubnet, ${networking.podSubnet}`,
                'take a piece of it, or leave it to the controller manager',
              ),
            ];
          }),
          ...(node.addresses ?? []).flatMap((text, index) => {
            const address = parseIp(text)!;
            const taken = [...pods, ...services].find((range) => contains(range, address));
            return taken === undefined
              ? []
              : [
                  scenario.problem(
                    [...here, 'addresses', index],
                    `${text} lies in ${taken}, which is for ${pods.includes(taken) ? 'pods' : 'Services'}`,
                    'machines have addresses of another network',
                  ),
                ];
          }),
        ];
      }),
    ];
  }),
];

function inMentions(scenario: Scenario, find: (mention: Mention) => readonly Found[]): readonly Found[] {
  return each(scenario, (question, path) => mentionsIn(question, path).flatMap(find));
}

function rangesOf(text: string): readonly Cidr[] {
  return text.split(',').map((one) => parseCidr(one)!);
}

/** What kubectl takes for a type: plural, singular, short name, of the kinds that are built in or defined here. */
function resourceNames(scenario: Scenario): ReadonlySet<string> {
  const builtIn = builtInKinds.flatMap(({ plural, kind, shortNames }) => [plural, kind.toLowerCase(), ...(shortNames ?? [])]);
  const defined = definitionsOf(scenario).flatMap((names) => [
    ...[names.plural, names.singular, names.kind?.toLowerCase()].flatMap((name) => name ?? []),
    ...(names.shortNames ?? []),
  ]);
  return new Set([...builtIn, ...defined]);
}

function namespacesOf({ objects, cluster }: Scenario): readonly string[] {
  const manifests = addonManifests({ ...cluster.networking, addons: cluster.addons, kubeProxy: cluster.kubeProxy });
  const written = objects.flatMap(({ object: { kind, metadata } }) => (kind === 'Namespace' ? metadata.name : metadata.namespace) ?? []);
  const installed = manifests.flatMap(({ kind, metadata }) => (kind === 'Namespace' ? metadata.name : metadata.namespace) ?? []);
  return [
    ...new Set([
      'default',
      ...written,
      ...installed,
      'kube-system',
      'kube-public',
      'kube-node-lease',
      ...(cluster.cni === 'flannel' ? ['kube-flannel'] : []),
    ]),
  ];
}

/** A pod or a Service, or what makes pods whose names begin with its own. */
interface Maker {
  readonly name: string;
  readonly makesPods: boolean;
}

const makers = new Set(['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob', 'ReplicationController']);

function namesIn({ objects }: Scenario, as: Mention['as'], namespace: string): readonly Maker[] {
  return objects.flatMap(({ object }) => {
    const { kind, metadata } = object;
    if ((metadata.namespace ?? 'default') !== namespace) return [];
    const name = metadata.name ?? metadata.generateName ?? '';
    if (as === 'svc') return kind === 'Service' ? [{ name, makesPods: false }] : [];
    return kind === 'Pod' || makers.has(kind) ? [{ name, makesPods: makers.has(kind) || metadata.name === undefined }] : [];
  });
}

function isThere({ name }: Mention, all: readonly Maker[]): boolean {
  return all.some((one) => one.name === name || (one.makesPods && name.startsWith(one.name)));
}

/** Everything that is run on the cluster: what breaks it, what mends it, what is written in manifests. */
function linesOf(scenario: Scenario): string {
  const { questions, files } = scenario;
  const ways = questions.flatMap((question) => [
    ...('solution' in question ? [question.solution] : []),
    ...('alternatives' in question ? question.alternatives : []),
    ...('answer' in question && question.answer !== undefined && 'run' in question.answer ? [question.answer.run ?? ''] : []),
  ]);
  return [scenario.break, ...ways, ...files.map(({ path, content }) => `${path} ${content}`)].join('\n');
}

/** Reports whether a name stands in lines as a word of its own. */
function mentions(lines: string, name: string): boolean {
  return new RegExp(`(?<![\\w-])${name.replaceAll('.', '\\.')}(?![\\w-])`).test(lines);
}
