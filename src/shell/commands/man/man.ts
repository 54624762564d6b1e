/** man and whatis: what a program is for, in a line. The manuals themselves are not on these machines. (man-db: whatis.c) */
import { failure, output, type Command } from '../../command.ts';

/** Programs of the terminal, each with the section of its manual and our line about it. */
const pages: Readonly<Record<string, readonly [section: string, does: string]>> = {
  arp: ['8', 'show and change the neighbour table of IPv4'],
  awk: ['1', 'pick fields out of lines and work with them'],
  brctl: ['8', 'look at and change bridges'],
  bridge: ['8', 'look at and change bridges, their ports and what they have learnt'],
  cat: ['1', 'print files one after the other'],
  conntrack: ['8', 'look at and change the table of tracked connections'],
  crictl: ['1', 'talk to the container runtime of a node'],
  curl: ['1', 'transfer a URL'],
  cut: ['1', 'print parts of lines'],
  date: ['1', 'print the time of the cluster'],
  dig: ['1', 'ask a DNS server'],
  find: ['1', 'look for files in a directory and below'],
  getent: ['1', 'ask what the C library would find for a name'],
  grep: ['1', 'print the lines that fit a pattern'],
  head: ['1', 'print the first lines'],
  host: ['1', 'ask the DNS for a name'],
  hostname: ['1', 'print the name of the machine'],
  ifconfig: ['8', 'show and change network devices'],
  ip: ['8', 'show and change addresses, devices, routes, neighbours and network namespaces'],
  ipset: ['8', 'look at and change sets of addresses'],
  iptables: ['8', 'look at and change the packet filter and address translation for IPv4'],
  'iptables-save': ['8', 'print all rules in the form that iptables-restore reads'],
  ip6tables: ['8', 'look at and change the packet filter and address translation for IPv6'],
  ipvsadm: ['8', 'look at and change the virtual servers of IPVS'],
  journalctl: ['1', 'read the log of the machine and its services'],
  jq: ['1', 'take JSON apart'],
  kubeadm: ['1', 'set a cluster up, and look after its certificates and tokens'],
  kubectl: ['1', 'talk to the API server of a cluster'],
  less: ['1', 'read a text screen by screen'],
  ls: ['1', 'list files'],
  lsmod: ['8', 'list the modules of the kernel'],
  man: ['1', 'say what a program is for'],
  modprobe: ['8', 'load a module into the kernel'],
  more: ['1', 'read a text screen by screen'],
  nano: ['1', 'edit a file'],
  nc: ['1', 'open a connection, or listen for one'],
  netstat: ['8', 'list sockets, routes and devices'],
  nft: ['8', 'look at and change nftables'],
  nslookup: ['1', 'ask a DNS server'],
  openssl: ['1', 'look at keys and certificates, and speak TLS'],
  ping: ['8', 'ask a host for an echo'],
  ps: ['1', 'list processes'],
  route: ['8', 'show and change the routing table'],
  sed: ['1', 'edit a stream of lines'],
  sleep: ['1', 'let time pass'],
  sort: ['1', 'put lines in order'],
  ss: ['8', 'list sockets'],
  ssh: ['1', 'open a shell on another machine'],
  sysctl: ['8', 'read and change settings of the kernel'],
  systemctl: ['1', 'look after the services of the machine'],
  tail: ['1', 'print the last lines'],
  tar: ['1', 'pack files and unpack them'],
  tee: ['1', 'write what comes to a file and on'],
  telnet: ['1', 'open a connection and type into it'],
  time: ['1', 'say how long a program takes'],
  timeout: ['1', 'end a program that takes too long'],
  traceroute: ['1', 'print the way of a packet'],
  uname: ['1', 'print what the machine runs'],
  vi: ['1', 'edit a file'],
  vim: ['1', 'edit a file'],
  watch: ['1', 'run a program again and again, over the whole screen'],
  wc: ['1', 'count lines, words and bytes'],
  wget: ['1', 'fetch a URL'],
};

function lineOf(name: string): string | undefined {
  const page = Object.hasOwn(pages, name) ? pages[name] : undefined;
  return page === undefined ? undefined : `${`${name} (${page[0]})`.padEnd(20)} - ${page[1]}\n`;
}

export const man: Command = {
  name: 'man',
  run(args) {
    const words = args.filter((arg) => !/^(-\w+|\d)$/.test(arg));
    if (words.length === 0) return failure("What manual page do you want?\nFor example, try 'man man'.\n");
    // `man kubectl get` and `man kubectl-get` are the same page.
    const lines = words.map((name) => lineOf(name) ?? lineOf(name.split('-')[0]!));
    const missing = words.filter((_, i) => lines[i] === undefined);
    return {
      stdout: lines.join(''),
      stderr: missing.map((name) => `No manual entry for ${name}\n`).join(''),
      exitCode: missing.length === 0 ? 0 : 16,
    };
  },
};

export const whatis: Command = {
  name: 'whatis',
  run(args) {
    if (args.length === 0) return failure('whatis what?\n');
    const missing = args.filter((name) => lineOf(name) === undefined);
    const stdout = args.map((name) => lineOf(name) ?? '').join('');
    return missing.length === 0
      ? output(stdout)
      : { stdout, stderr: missing.map((name) => `${name}: nothing appropriate.\n`).join(''), exitCode: 16 };
  },
};
