/** `kubectl version` (staging:kubectl/pkg/cmd/version/version.go). */
import { marshal } from '#kube/json.ts';
import { yamlText } from '#kube/yaml-print.ts';
import { bool, string } from '../flags.ts';
import { defineVerb } from '../verb.ts';
import { parseVersion, type Version } from '../version.ts';
import { KubectlError } from '../errors.ts';

interface VersionInfo {
  readonly major: string;
  readonly minor: string;
  readonly gitVersion: string;
  readonly [field: string]: string;
}

/** What is known of builds, for `-o json|yaml`; the others are known by the server of the same version. */
const builds: Readonly<Record<string, Omit<VersionInfo, 'major' | 'minor' | 'gitVersion'>>> = {
  'v1.33.1': {
    gitCommit: '8adc0f041b8e7ad1d30e29cc59c6ae7a15e19828',
    gitTreeState: 'clean',
    buildDate: '2025-05-15T08:27:33Z',
    goVersion: 'go1.24.2',
  },
  'v1.32.5': {
    gitCommit: '9894294ef13a5b32803e3ca2c0d620a088cc84d1',
    gitTreeState: 'clean',
    buildDate: '2025-05-15T09:12:10Z',
    goVersion: 'go1.23.8',
  },
  'v1.31.9': {
    gitCommit: '8f3800390d488f54f74111f22973059e133f9cba',
    gitTreeState: 'clean',
    buildDate: '2025-05-15T09:17:16Z',
    goVersion: 'go1.23.8',
  },
  'v1.30.13': {
    gitCommit: '50af91c466658b6a33d123fae8a487db1630971c',
    gitTreeState: 'clean',
    buildDate: '2025-05-15T09:56:59Z',
    goVersion: 'go1.23.8',
  },
  'v1.29.14': {
    gitCommit: '4f359b2e16764ab5e175195ee6992dfb53b36acf',
    gitTreeState: 'clean',
    buildDate: '2025-02-12T21:34:28Z',
    goVersion: 'go1.22.12',
  },
  'v1.28.15': {
    gitCommit: '841856557ef0f6a399096c42635d114d6f2cf7f4',
    gitTreeState: 'clean',
    buildDate: '2024-10-22T20:34:56Z',
    goVersion: 'go1.22.8',
  },
};

/** The kustomize that is built in, from this minor version on. */
const kustomize: readonly (readonly [minor: number, version: string])[] = [
  [34, 'v5.7.1'],
  [33, 'v5.6.0'],
  [32, 'v5.5.0'],
  [31, 'v5.4.2'],
  [28, 'v5.0.4-0.20230601165947-6ce0bf390ce3'],
  [27, 'v5.0.1'],
  [25, 'v4.5.7'],
  [0, 'v4.5.4'],
];

function clientInfo({ gitVersion, minor }: Version, server: VersionInfo | undefined): VersionInfo {
  const known = builds[gitVersion];
  const twin = server?.gitVersion === gitVersion ? server : undefined;
  const { gitCommit, gitTreeState, buildDate, goVersion } = known ?? twin ?? {};
  return {
    major: '1',
    minor: String(minor),
    gitVersion,
    ...(gitCommit !== undefined && { gitCommit }),
    ...(gitTreeState !== undefined && { gitTreeState }),
    ...(buildDate !== undefined && { buildDate }),
    ...(goVersion !== undefined && { goVersion }),
    compiler: 'gc',
    platform: 'linux/amd64',
  };
}

export const version = defineVerb({
  name: 'version',
  use: 'version [flags]',
  short: 'Print the client and server version information',
  flags: { client: bool('Ask no server.'), output: string("One of 'yaml' or 'json'.", '', { shorthand: 'o' }) },
  run: (kubectl, { args, flags }) => {
    if (args.length > 0) throw new KubectlError(`extra arguments: [${args.join(' ')}]`);
    if (flags.output !== '' && flags.output !== 'yaml' && flags.output !== 'json')
      throw new KubectlError("--output must be 'yaml' or 'json'");
    let server: VersionInfo | undefined;
    let failure: unknown;
    if (!flags.client) {
      try {
        server = kubectl.client.request('GET', '/version').body as VersionInfo;
      } catch (error) {
        failure = error;
      }
    }
    const kustomizeVersion = kustomize.find(([minor]) => kubectl.atLeast(minor))![1];
    const value = {
      clientVersion: clientInfo(kubectl.version, server),
      kustomizeVersion,
      ...(server !== undefined && { serverVersion: server }),
    };
    if (flags.output === 'json') kubectl.out(`${marshal(value, { indent: '  ', ordered: true })}\n`);
    else if (flags.output === 'yaml') kubectl.out(`${yamlText(value)}\n`);
    else {
      kubectl.out(`Client Version: ${kubectl.version.gitVersion}\nKustomize Version: ${kustomizeVersion}\n`);
      if (server !== undefined) kubectl.out(`Server Version: ${server.gitVersion}\n`);
    }
    if (failure !== undefined) throw failure;
    if (server !== undefined) {
      const minor = parseVersion(server.gitVersion).minor;
      if (Math.abs(minor - kubectl.version.minor) > 1) {
        kubectl.err(
          `WARNING: version difference between client (1.${kubectl.version.minor}) and server (1.${minor}) exceeds the supported minor version skew of +/-1\n`,
        );
      }
    }
  },
});
