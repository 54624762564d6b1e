/** `kubeadm token`: bootstrap tokens, which are Secrets. (cmd/kubeadm/app/cmd/token.go, staging:cluster-bootstrap) */
import { stream } from '#kube/chance.ts';
import { parseTime, rfc3339 } from '#kube/time.ts';
import { parseCertificates } from '#net/x509.ts';
import { sha256 } from '#net/digest.ts';
import { load } from 'js-yaml';
import { alignTabs } from '../../columns.ts';
import { output, type Here, type Output } from '../../command.ts';
import { shortHumanDuration } from './certs.ts';
import { kubeadmError, type Invocation, type Phase } from './kubeadm.ts';

const pattern = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const defaultGroup = 'system:bootstrappers:kubeadm:default-node-token';
const actions: Readonly<Record<string, Phase>> = { create, delete: remove, generate, list };

const usage = `
This command manages bootstrap tokens. It is optional and needed only for advanced use cases.

Usage:
  kubeadm token [flags]
  kubeadm token [command]

Available Commands:
  create      Create bootstrap tokens on the server
  delete      Delete bootstrap tokens on the server
  generate    Generate and print a bootstrap token, but do not create it on the server
  list        List bootstrap tokens on the server
`;

export const token: Phase = ({ args, io, here }) => {
  const [name, ...rest] = args;
  if (name === undefined) return kubeadmError('missing subcommand; "token" is not meant to be run on its own');
  if (name === '--help' || name === '-h') return output(usage);
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  return action === undefined ? kubeadmError(`unknown command "${name}" for "kubeadm token"`) : action({ args: rest, io, here });
};

/** The values of flags, and what else stands there. */
export function flagsIn(
  args: readonly string[],
  switches: ReadonlySet<string>,
): { readonly flags: ReadonlyMap<string, string>; readonly words: readonly string[] } {
  const flags = new Map<string, string>();
  const words: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const [, name, value] = /^--?([\w-]+)(?:=(.*))?$/.exec(args[i]!) ?? [];
    if (name === undefined) words.push(args[i]!);
    else if (value !== undefined) flags.set(name, value);
    else flags.set(name, switches.has(name) ? 'true' : (args[++i] ?? ''));
  }
  return { flags, words };
}

interface Secret {
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
}

const home = '/root/.kube/config';
const admin = '/etc/kubernetes/admin.conf';

/** The kubeconfig that kubeadm takes: the learner's own, then the administrator's (cmd/util/cmdutil.go: GetKubeConfigPath). */
function kubeconfigOf({ io }: Invocation, flags: ReadonlyMap<string, string>): string {
  const own = io.env.get('KUBECONFIG') || home;
  return flags.get('kubeconfig') ?? [own, admin].find((path) => io.files.read(path) !== undefined) ?? home;
}

/** Asks the API server through kubectl, with kubeadm's kubeconfig; kubeadm's error when that fails. */
async function ask(
  invocation: Invocation,
  kubeconfig: string,
  doing: string,
  argv: readonly string[],
  stdin = '',
  request: (server: string) => string = () => '',
): Promise<{ readonly text: string } | { readonly error: Output }> {
  const { io } = invocation;
  if (io.files.read(kubeconfig) === undefined)
    return { error: kubeadmError(`failed to load admin kubeconfig: open ${kubeconfig}: no such file or directory`) };
  const { stdout, stderr, exitCode } = await io.run(['kubectl', '--kubeconfig', kubeconfig, '-n', 'kube-system', ...argv], { stdin });
  if (exitCode === 0) return { text: stdout };
  const refused = /connection to the server (\S+) was refused/.exec(stderr)?.[1];
  const why =
    refused === undefined
      ? stderr.trim().replace(/^(error: |Error from server[^:]*: )/i, '')
      : `${request(refused)}dial tcp ${refused}: connect: connection refused`;
  return { error: kubeadmError(`${doing}: ${why}`) };
}

async function list(invocation: Invocation): Promise<Output> {
  const { here } = invocation;
  const { flags } = flagsIn(invocation.args, new Set());
  const words = ['get', 'secrets', '--field-selector=type=bootstrap.kubernetes.io/token', '-o', 'json'];
  const path = '/api/v1/namespaces/kube-system/secrets?fieldSelector=type%3Dbootstrap.kubernetes.io%2Ftoken';
  const doing = 'failed to list bootstrap tokens';
  const asked = await ask(invocation, kubeconfigOf(invocation, flags), doing, words, '', (server) => `Get "https://${server}${path}": `);
  if ('error' in asked) return asked.error;
  const { items } = JSON.parse(asked.text) as { readonly items: readonly Secret[] };
  const rows = items.flatMap(({ data = {} }) => {
    const text = (key: string) =>
      data[key] === undefined ? '' : new TextDecoder().decode(Uint8Array.from(atob(data[key]), (c) => c.charCodeAt(0)));
    const expires = text('expiration');
    const left = expires === '' ? '<forever>' : shortHumanDuration(parseTime(expires) - here.lab.now);
    const usages = ['authentication', 'signing'].filter((usage) => text(`usage-bootstrap-${usage}`) === 'true').join(',');
    const cells = [
      `${text('token-id')}.${text('token-secret')}`,
      left,
      expires === '' ? '<never>' : expires,
      usages === '' ? '<none>' : usages,
      text('description') || '<none>',
      text('auth-extra-groups') || '<none>',
    ];
    return [cells.join('\t')];
  });
  if (rows.length === 0) return output('');
  const table = ['TOKEN\tTTL\tEXPIRES\tUSAGES\tDESCRIPTION\tEXTRA GROUPS', ...rows].join('\n');
  return output(alignTabs(`${table}\n`, { minWidth: 10, padding: 3 }));
}

/** A token that is drawn from the cluster's seed and the moment. */
function draw({ lab }: Here): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';
  const next = stream(`${lab.snapshot.cluster.seed}/bootstrap-token/${lab.now}/${lab.snapshot.cluster.counter}`);
  const word = (length: number) => Array.from({ length }, () => letters[next() % letters.length]!).join('');
  return `${word(6)}.${word(16)}`;
}

function generate({ here }: Invocation): Output {
  return output(`${draw(here)}\n`);
}

/** Milliseconds of Go's `24h0m0s`; undefined when it is none. */
function durationOf(text: string): number | undefined {
  if (text === '0') return 0;
  if (!/^(\d+(\.\d+)?(h|m|s|ms))+$/.test(text)) return undefined;
  const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)].reduce((sum, [, count, unit]) => sum + Number(count) * units[unit!]!, 0);
}

async function create(invocation: Invocation): Promise<Output> {
  const { here, io } = invocation;
  const { flags, words } = flagsIn(invocation.args, new Set(['print-join-command', 'dry-run']));
  const kubeconfig = kubeconfigOf(invocation, flags);
  const text = words[0] ?? draw(here);
  const [, id, secret] = pattern.exec(text) ?? [];
  if (id === undefined || secret === undefined)
    return kubeadmError(`the bootstrap token ${JSON.stringify(text)} was not of the form "\\\\A([a-z0-9]{6})\\\\.([a-z0-9]{16})\\\\z"`);
  const ttl = durationOf(flags.get('ttl') ?? '24h0m0s');
  if (ttl === undefined)
    return kubeadmError(`invalid argument "${flags.get('ttl')}" for "--ttl" flag: time: invalid duration "${flags.get('ttl')}"`);
  const usages = (flags.get('usages') ?? 'signing,authentication').replace(/[[\]]/g, '').split(',');
  const description = flags.get('description') ?? '';
  const manifest = {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'bootstrap.kubernetes.io/token',
    metadata: { name: `bootstrap-token-${id}`, namespace: 'kube-system' },
    stringData: {
      'token-id': id,
      'token-secret': secret,
      ...(description !== '' && { description }),
      ...(ttl > 0 && { expiration: rfc3339(here.lab.now + ttl) }),
      ...Object.fromEntries(usages.map((usage) => [`usage-bootstrap-${usage}`, 'true'])),
      'auth-extra-groups': (flags.get('groups') ?? defaultGroup).replace(/[[\]]/g, ''),
    },
  };
  if (!flags.has('dry-run')) {
    const made = await ask(invocation, kubeconfig, 'failed to create token', ['create', '-f', '-'], JSON.stringify(manifest));
    if ('error' in made)
      return made.error.stderr.includes('already exists') ? kubeadmError(`a token with id "${id}" already exists`) : made.error;
  }
  if (!flags.has('print-join-command')) return output(`${text}\n`);
  const joining = joinCommand(io.files.read(kubeconfig) ?? '', io.files.read('/etc/kubernetes/pki/ca.crt'), text);
  return joining === undefined
    ? kubeadmError('failed to get join command: there is no current context in the kubeconfig')
    : output(`${joining}\n`);
}

interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly contexts?: readonly { readonly name: string; readonly context: { readonly cluster: string } }[];
  readonly clusters?: readonly {
    readonly name: string;
    readonly cluster: { readonly server: string; readonly 'certificate-authority-data'?: string };
  }[];
}

/** The line for a new worker: the server of the kubeconfig, and the hash of its authority's public key (util/pubkeypin). The blank at its end is the template's. */
function joinCommand(kubeconfig: string, authority: string | undefined, text: string): string | undefined {
  const parsed = load(kubeconfig) as Kubeconfig;
  const context = parsed.contexts?.find(({ name }) => name === parsed['current-context'])?.context;
  const cluster = parsed.clusters?.find(({ name }) => name === context?.cluster)?.cluster;
  if (cluster === undefined) return undefined;
  const data = cluster['certificate-authority-data'];
  const [certificate] = parseCertificates(data === undefined ? (authority ?? '') : atob(data));
  const pin = certificate === undefined ? '' : `--discovery-token-ca-cert-hash sha256:${sha256(certificate.publicKey)} `;
  return `kubeadm join ${cluster.server.replace(/^https?:\/\//, '')} --token ${text} ${pin}`;
}

async function remove(invocation: Invocation): Promise<Output> {
  const { flags, words } = flagsIn(invocation.args, new Set(['dry-run']));
  if (words.length === 0)
    return kubeadmError('missing argument; \'token delete\' is missing token of form "[a-z0-9]{6}" or "[a-z0-9]{6}.[a-z0-9]{16}"');
  let said = '';
  for (const word of words) {
    const id = pattern.exec(word)?.[1] ?? (/^[a-z0-9]{6}$/.test(word) ? word : undefined);
    if (id === undefined)
      return kubeadmError(`given token didn't match pattern "\\\\A([a-z0-9]{6})\\\\z" or "\\\\A([a-z0-9]{6})\\\\.([a-z0-9]{16})\\\\z"`);
    const gone = await ask(invocation, kubeconfigOf(invocation, flags), `failed to delete bootstrap token "${id}"`, [
      'delete',
      'secret',
      `bootstrap-token-${id}`,
    ]);
    if ('error' in gone) return { ...gone.error, stdout: said };
    said += `bootstrap token "${id}" deleted\n`;
  }
  return output(said);
}
