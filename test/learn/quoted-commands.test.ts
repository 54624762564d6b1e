import { expect, it } from '@jest/globals';
import { mistakeIn, quotedCommands } from '#learn/quoted-commands.ts';

// prettier-ignore
const texts: [text: string, commands: string[]][] = [
  ['Try `kubectl get svc -A`.', ['kubectl get svc -A']],
  ['`kubectl describe` shows the `selector` of `kube-dns`.', []],
  ['Use `kubectl -n NS get pods`, or `ssh <node>`, or `kubectl logs …`.', []],
  ['`ip route` and `iptables -t nat -L KUBE-SERVICES -n`', ['ip route', 'iptables -t nat -L KUBE-SERVICES -n']],
  ['```\ncontrolplane:~$ kubectl get nodes\nNAME   STATUS\n$ ip \\\n  route\n```\nand `ss -tlnp`', ['kubectl get nodes', 'ip route', 'ss -tlnp']],
  ['```sh\ndig web.shop\nweb.shop. 30 IN A 10.96.0.1\n```', ['dig web.shop']],
];
it.each(texts)('%j', (text, commands) => expect(quotedCommands(text)).toEqual(commands));

// prettier-ignore
const outputs: [stderr: string, exitCode: number, mistaken: boolean][] = [
  ['', 0, false],
  ['bash: kubctl: command not found\n', 127, true],
  ['error: unknown flag: --al\nSee \'kubectl get --help\' for usage.\n', 1, true],
  ['Error from server (NotFound): services "wbe" not found\n', 1, true],
  ['curl: (7) Failed to connect to web port 80 after 0 ms: Connection refused\n', 7, false],
  ['The connection to the server 172.30.1.2:6443 was refused - did you specify the right host or port?\n', 1, false],
];
it.each(outputs)('%j %d', (stderr, exitCode, mistaken) => expect(mistakeIn({ stderr, exitCode }) !== undefined).toBe(mistaken));
