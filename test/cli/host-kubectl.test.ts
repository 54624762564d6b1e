import { expect, it } from '@jest/globals';
import { aliasesIn } from '#cli/host-kubectl.ts';

it.each<[shell: string, text: string, lines: readonly string[]]>([
  ['bash', "alias k='kubectl'\nalias ll='ls -l'\n", ['alias k=kubectl']],
  ['zsh', "k=kubectl\nkgp='kubectl get pods'\nll='ls -l'\n", ['alias k=kubectl', "alias kgp='kubectl get pods'"]],
  ['one that goes by another', "alias k='kubectl'\nalias kn='k -n shop'\n", ['alias k=kubectl', "alias kn='k -n shop'"]],
  ['one that goes in circles', "alias a='b'\nalias b='a'\n", []],
  [
    'quotes in quotes',
    "alias kj='kubectl get -o jsonpath='\\''{.items}'\\'''\n",
    ["alias kj='kubectl get -o jsonpath='\\''{.items}'\\'''"],
  ],
  ['words that are none', 'bash: no job control in this shell\n', []],
])('aliases of %s', (_, text, lines) => expect(aliasesIn(text)).toEqual(lines));
