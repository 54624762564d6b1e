/** The command lines that a Markdown text tells its reader to type: hints and explanations are tried out like everything else. */

/** Programs that learners are told to run; other words in code marks (a field, a value) are no commands. */
const programs = new Set(
  `arp bridge cat conntrack crictl ctr curl dig etcdctl find getent grep host hostname ip ipset iptables iptables-save ip6tables ip6tables-save
   ipvsadm journalctl kubectl ls lsmod modprobe nc netstat nft nslookup openssl ping ps ss ssh sysctl systemctl tcpdump traceroute wget`
    .trim()
    .split(/\s+/),
);

/** All command lines in code marks and code blocks, in their order. What has a gap to fill in (`NAME`, `<pod>`, `…`) is none. */
export function quotedCommands(markdown: string): readonly string[] {
  const blocks = [...markdown.matchAll(/^(?:```|~~~).*\n([\s\S]*?)^(?:```|~~~)/gm)].flatMap(([, text]) => linesOfBlock(text!));
  const inline = [...markdown.replace(/^(```|~~~)[\s\S]*?^\1/gm, '').matchAll(/(?<!`)`([^`]+)`(?!`)/g)].map(([, text]) => text!);
  return [...blocks, ...inline].map((line) => line.replace(/\s+/g, ' ').trim()).filter(isCommand);
}

/** The commands of a block: those behind a prompt where there are prompts, every line otherwise. Lines that end in `\` go on. */
function linesOfBlock(text: string): readonly string[] {
  const lines = text.replaceAll(/\\\n\s*/g, '').split('\n');
  const prompted = lines.flatMap((line) => /^\s*(?:\S*[$#] )(.+)/.exec(line)?.[1] ?? []);
  return prompted.length > 0 ? prompted : lines;
}

function isCommand(line: string): boolean {
  const words = line.split(' ');
  // `kubectl describe` alone names the verb.
  return (
    words.length > (words[0] === 'kubectl' ? 2 : 1) &&
    programs.has(words[0]!) &&
    !/[<…]|\.\.\.|(?:^|[\s=/:])[A-Z]{2,}(?:[\s/:]|$)/.test(line)
  );
}

/** Why a command line that was tried is one that nobody should be told to type; undefined when it is not. */
export function mistakeIn({ exitCode, stderr }: { readonly exitCode: number; readonly stderr: string }): string | undefined {
  if (exitCode === 0) return undefined;
  const line = stderr.split('\n').find((text) => mistakes.test(text));
  return line ?? (exitCode === 127 || exitCode === 126 ? (stderr.split('\n')[0] ?? '') : undefined);
}

/** A misspelt program, flag or object; what fails because the cluster is broken is no mistake. */
const mistakes =
  /command not found|unknown (?:shorthand )?(?:flag|command|option)|invalid option|unrecognized option|doesn't have a resource type|\(NotFound\)|^error: (?:unable to|there is no need|you must|required|exactly|expected)/i;
