/** Standard input for a command of the simulated terminal. */
import { fstatSync } from 'node:fs';

const waits = /^(?:cat|grep|egrep|sed|awk|jq|yq|sort|uniq|wc|head|tail|tee|tr|cut|xargs|bash|sh|nc|read|base64)$/;

/** Reports whether the words look like a command that reads standard input, so that one waits for it as long as it takes. */
export function readsStdin(words: readonly string[]): boolean {
  const all = words.length === 1 ? words[0]!.split(/[\s|;&()]+/) : words;
  return all.some((word) => word === '-' || word.endsWith('=-') || word === '-f-' || word === '/dev/stdin' || waits.test(word));
}

/**
 * What a command gets on standard input: everything up to its end. A pipe on which nobody ever writes or hangs up is left alone after
 * a moment when the command does not look as if it read it.
 */
export async function stdinFor(words: readonly string[], input: NodeJS.ReadStream): Promise<string> {
  if (input.isTTY) return '';
  const stats = fstatSync(0);
  const isPipe = stats.isFIFO() || stats.isSocket();
  const patience = isPipe && !readsStdin(words) ? 100 : undefined;
  return await new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    const timer = patience === undefined ? undefined : setTimeout(done, patience);
    input.on('data', (chunk: Buffer) => {
      clearTimeout(timer);
      parts.push(chunk);
    });
    input.once('end', done);
    input.once('error', reject);
    function done(): void {
      clearTimeout(timer);
      input.destroy();
      resolve(Buffer.concat(parts).toString('utf8'));
    }
  });
}
