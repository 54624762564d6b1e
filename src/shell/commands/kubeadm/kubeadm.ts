/** kubeadm, as far as it looks after a cluster that is there: tokens, certificates, configuration. (cmd/kubeadm) */
import { failure, output, type Command, type Here, type Io, type Output } from '../../command.ts';
import { certs } from './certs.ts';
import { config } from './config.ts';
import { init, join } from './preflight.ts';
import { minorOf, release } from './release.ts';
import { token } from './token.ts';

export interface Invocation {
  readonly args: readonly string[];
  readonly io: Io;
  readonly here: Here;
}

export type Phase = (invocation: Invocation) => Output | Promise<Output>;

/** How kubeadm ends when something is wrong. */
export function kubeadmError(message: string): Output {
  return failure(`${message}\nTo see the stack trace of this error execute with --v=5 or higher\n`);
}

const phases: Readonly<Record<string, Phase>> = { certs, config, init, join, token, version };

/** What would change what the simulation keeps as it is. */
const refused: Readonly<Record<string, string>> = {
  upgrade: 'a cluster keeps the version that its scenario gives it',
  reset: 'a node cannot leave the cluster that its scenario puts it in',
  kubeconfig: 'kubeconfig files of further users are not made',
};

const usage = `

    ┌──────────────────────────────────────────────────────────┐
    │ KUBEADM                                                  │
    │ Easily bootstrap a secure Kubernetes cluster             │
    │                                                          │
    │ Please give us feedback at:                              │
    │ https://github.com/kubernetes/kubeadm/issues             │
    └──────────────────────────────────────────────────────────┘

Usage:
  kubeadm [command]

Available Commands:
  certs       Commands related to handling Kubernetes certificates
  config      Manage configuration for a kubeadm cluster persisted in a ConfigMap in the cluster
  help        Help about any command
  init        Run this command in order to set up the Kubernetes control plane
  join        Run this on any machine you wish to join an existing cluster
  token       Manage bootstrap tokens
  version     Print the version of kubeadm
`;

export const kubeadm: Command = {
  name: 'kubeadm',
  run(args, io, here) {
    const words = args.filter((arg) => !/^(-v|--v)(=|$)/.test(arg));
    const [name, ...rest] = words;
    if (name === undefined || name === 'help' || name === '--help' || name === '-h') return output(usage);
    const phase = Object.hasOwn(phases, name) ? phases[name] : undefined;
    if (phase !== undefined) return phase({ args: rest, io, here });
    if (Object.hasOwn(refused, name)) return failure(`kubeadm ${name} is not simulated: ${refused[name]}\n`);
    return name.startsWith('-')
      ? kubeadmError(
          `unknown ${name.startsWith('--') ? 'flag' : 'shorthand flag'}: ${name.startsWith('--') ? name : `'${name[1]}' in ${name}`}`,
        )
      : kubeadmError(`unknown command "${name}" for "kubeadm"`);
  },
};

/** (cmd/version.go) What the release was built from is not known here, and left empty. */
function version({ args, here }: Invocation): Output {
  const gitVersion = release(here);
  const format =
    args.find((arg) => /^(-o|--output)=/.test(arg))?.replace(/^[^=]*=/, '') ??
    (/^(-o|--output)$/.test(args[0] ?? '') ? args[1] : /^-o(.+)$/.exec(args[0] ?? '')?.[1]);
  const info = {
    major: '1',
    minor: String(minorOf(gitVersion)),
    gitVersion,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '',
    goVersion: '',
    compiler: 'gc',
    platform: 'linux/amd64',
  };
  if (format === 'short') return output(`${gitVersion}\n`);
  if (format === 'json') return output(`${JSON.stringify({ clientVersion: info }, undefined, 2)}\n`);
  if (format === 'yaml') {
    const sorted = Object.entries(info).sort(([a], [b]) => (a < b ? -1 : 1));
    const quoted = (value: string) => (value === '' || /^\d+$/.test(value) ? `"${value}"` : value);
    return output(`clientVersion:\n${sorted.map(([key, value]) => `  ${key}: ${quoted(value)}\n`).join('')}`);
  }
  if (format !== undefined && format !== '') return kubeadmError(`invalid output format: ${format}`);
  const fields = Object.entries(info).map(([key, value]) => `${key[0]!.toUpperCase()}${key.slice(1)}:"${value}"`);
  return output(`kubeadm version: &version.Info{${fields.join(', ')}}\n`);
}
