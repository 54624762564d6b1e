/** Whose programs a place has: those of GNU and the like, or busybox's; of which release; linked with which C library. */
import { Pod } from '#kube/kinds/pod.ts';
import type { Libc } from '#dataplane/resolver/libc.ts';
import { readFile } from '#node/files.ts';
import type { Command, Here, Io, Output } from '../command.ts';
import { hostAt } from '../place.ts';

/** The releases of programs whose words have changed over time. */
export interface Releases {
  readonly curl: string;
  /** As curl names its TLS library. */
  readonly openssl: string;
  readonly wget: string;
  readonly iputils: string;
  readonly traceroute: string;
}

export interface Userland {
  /** `debian 12`, `ubuntu 24.04`, `alpine 3.22`, `busybox`. */
  readonly name: string;
  readonly libc: Libc;
  readonly releases: Releases;
  /** What busybox says first when it explains itself. */
  readonly busyboxBanner: string;
  /** The programs that are busybox's applets here. */
  readonly applets: 'all' | ReadonlySet<string>;
}

/** A command that a person called through busybox speaks as busybox does, whatever the place. */
type Spoken = Here & { readonly applet?: boolean };

const debian12: Releases = {
  curl: '7.88.1',
  openssl: 'OpenSSL/3.0.19',
  wget: '1.21.3',
  iputils: '20221126',
  traceroute: '2.1.2',
};
const debian13: Releases = {
  curl: '8.14.1',
  openssl: 'OpenSSL/3.5.4',
  wget: '1.25.0',
  iputils: '20240905',
  traceroute: '2.1.6',
};
const ubuntu22: Releases = {
  curl: '7.81.0',
  openssl: 'OpenSSL/3.0.2',
  wget: '1.21.2',
  iputils: '20211215',
  traceroute: '2.1.0',
};
const ubuntu24: Releases = {
  curl: '8.5.0',
  openssl: 'OpenSSL/3.0.13',
  wget: '1.21.4',
  iputils: '20240117',
  traceroute: '2.1.5',
};
const newestCurl = '8.17.0';

const distributions: readonly (readonly [pattern: RegExp, name: string, releases: Releases])[] = [
  [/ubuntu.*24\.|noble/i, 'ubuntu 24.04', ubuntu24],
  [/ubuntu.*22\.|jammy/i, 'ubuntu 22.04', ubuntu22],
  [/debian.*13|trixie/i, 'debian 13', debian13],
  [/debian.*12|bookworm/i, 'debian 12', debian12],
];

/** Alpine's releases: busybox, curl. */
const alpines: Readonly<Record<string, readonly [busybox: string, curl: string]>> = {
  '3.16': ['1.35.0', '8.5.0'],
  '3.17': ['1.35.0', '8.9.0'],
  '3.18': ['1.36.1', '8.9.1'],
  '3.19': ['1.36.1', '8.14.1'],
  '3.20': ['1.36.1', '8.14.1'],
  '3.21': ['1.37.0', '8.14.1'],
  '3.22': ['1.37.0', '8.14.1'],
};
const newestAlpine = '3.22';

const debianBanner = 'BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) multi-call binary.';

/** When the images of busybox were built. */
const built: Readonly<Record<string, string>> = {
  '1.28.4': '2018-05-22 17:00:17 UTC',
  '1.36.1': '2023-05-18 22:34:17 UTC',
  '1.37.0': '2024-09-26 21:31:42 UTC',
};
/** `1.28` and `1.36` name the last of their series. */
const lastOfSeries: Readonly<Record<string, string>> = { '1.28': '1.28.4', '1.36': '1.36.1', '1.37': '1.37.0' };

/** Images of Alpine with other people's programs in place of busybox's. */
const replaced: readonly (readonly [pattern: RegExp, programs: readonly string[]])[] = [
  [/netshoot/, ['ping', 'ping6', 'nc', 'nslookup', 'dig', 'host', 'ip']],
  [/network-multitool/, ['ping', 'ping6', 'wget', 'nslookup', 'dig', 'host', 'ip', 'ifconfig', 'route', 'netstat', 'arp', 'ps']],
];
const clientApplets = ['ping', 'ping6', 'wget', 'nc', 'telnet', 'traceroute', 'nslookup', 'timeout', 'arping'];
const nodeApplets = ['ip', 'ifconfig', 'route', 'netstat', 'arp', 'ps'];

function splitImage(image: string): { readonly name: string; readonly tag: string } {
  const [, name = '', tag = ''] = /(?:^|\/)([^/:@]+)(?::([^@]+))?(?:@.*)?$/.exec(image) ?? [];
  return { name, tag };
}

/** The userland of an image. An image that nobody knows is taken for one of Debian 12. */
export function userlandOfImage(image: string): Userland {
  const { name, tag } = splitImage(image);
  if (name === 'busybox') {
    const given = /^\d+\.\d+(\.\d+)?/.exec(tag)?.[0] ?? '1.37';
    const version = lastOfSeries[given] ?? given;
    const date = built[version];
    const banner = `BusyBox v${version}${date === undefined ? '' : ` (${date})`} multi-call binary.`;
    const libc = tag.includes('musl') ? 'musl' : 'glibc';
    return { name: 'busybox', libc, releases: debian12, busyboxBanner: banner, applets: 'all' };
  }
  if (/alpine|^curl$|netshoot|network-multitool/.test(`${name}:${tag}`)) return alpineOf(name, tag);
  const [, distribution = 'debian 12', releases = debian12] = distributions.find(([pattern]) => pattern.test(image)) ?? [];
  return { name: distribution, libc: 'glibc', releases, busyboxBanner: debianBanner, applets: new Set() };
}

function alpineOf(name: string, tag: string): Userland {
  const given = /3\.\d+/.exec(name === 'alpine' ? tag : (/alpine-?(3\.\d+)/.exec(tag)?.[1] ?? ''))?.[0] ?? newestAlpine;
  const [busybox, packaged] = alpines[given] ?? alpines[newestAlpine]!;
  const curl = name === 'curl' ? (/^\d+\.\d+\.\d+/.exec(tag)?.[0] ?? newestCurl) : packaged;
  const others = new Set(replaced.find(([pattern]) => pattern.test(name))?.[1]);
  return {
    name: `alpine ${given}`,
    libc: 'musl',
    releases: { ...debian13, curl },
    busyboxBanner: `BusyBox v${busybox} multi-call binary.`,
    applets: new Set([...clientApplets, ...nodeApplets].filter((one) => !others.has(one))),
  };
}

function imageAt({ lab, place }: Here): string | undefined {
  if (place.kind === 'node') return undefined;
  const spec = lab.snapshot.cluster.get(Pod, place.namespace, place.pod)?.spec;
  const all = [...(spec?.containers ?? []), ...(spec?.initContainers ?? []), ...(spec?.ephemeralContainers ?? [])];
  return all.find((one) => one.name === place.container)?.image ?? '';
}

/** The userland of the place a program runs in. */
export function userlandAt(here: Here): Userland {
  const image = imageAt(here);
  if (image !== undefined) return userlandOfImage(image);
  const release = readFile(hostAt(here.lab, here.place).files, '/etc/os-release') ?? '';
  const pretty = /^PRETTY_NAME="?([^"\n]*)/m.exec(release)?.[1] ?? 'Ubuntu 24.04';
  const [, name = 'ubuntu 24.04', releases = ubuntu24] = distributions.find(([pattern]) => pattern.test(pretty)) ?? [];
  return { name, libc: 'glibc', releases, busyboxBanner: debianBanner, applets: new Set() };
}

/** Reports whether a program is busybox's applet here. */
export function isApplet(here: Here, program: string): boolean {
  if ((here as Spoken).applet === true) return true;
  const { applets } = userlandAt(here);
  return applets === 'all' || applets.has(program);
}

/** The place, for a program that was called through busybox. */
export function asApplet(here: Here): Here {
  const spoken: Spoken = { ...here, applet: true };
  return spoken;
}

type Run = (args: readonly string[], io: Io, here: Here) => Output | Promise<Output>;

/** A program that is another one where busybox provides it. */
export function byDialect(name: string, own: Run, applet: Run): Command {
  return { name, run: (args, io, here) => (isApplet(here, name) ? applet : own)(args, io, here) };
}
