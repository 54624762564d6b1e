/** nft(8) over the rules of the namespace it runs in. */
import { runNft, type ReadFile } from '#dataplane/netfilter/nft/run.ts';
import type { Command } from '../../command.ts';
import { changeNetfilter, mayAdminister, netfilterAt } from '../iptables/access.ts';

export const nft: Command = {
  name: 'nft',
  run(args, io, here) {
    const readFile: ReadFile = (name) => {
      if (name === '-') return { text: io.stdin };
      const path = name.startsWith('/') ? name : `${io.cwd.replace(/\/$/, '')}/${name}`;
      const text = io.files.read(path);
      if (text !== undefined) return { text };
      return { problem: io.files.list(path) === undefined ? 'No such file or directory' : 'Is a directory' };
    };
    const { stdout, stderr, exitCode, netfilter } = runNft(args, netfilterAt(here), readFile, mayAdminister(here));
    if (netfilter !== undefined) changeNetfilter(here, netfilter);
    return { stdout, stderr, exitCode };
  },
};
