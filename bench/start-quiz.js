import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shortest } from './measure.js';

/** From `npm start` to the first question, in a terminal of a learner who is new (a fresh home), in starts of Node. */
export default {
  name: 'npm start, to the first question / node -e 0',
  // On a machine where Node starts in 50 ms: one second.
  limit: 20,
  async measure() {
    const home = mkdtempSync(join(tmpdir(), 'cka-net-'));
    try {
      let [own, node] = [Infinity, Infinity];
      for (let round = 0; round < 7; round++) {
        node = Math.min(node, shortest(['-e', '0'], 5));
        own = Math.min(own, await toTheQuestion(home));
      }
      return { ratio: own / node, milliseconds: own };
    } finally {
      rmSync(home, { recursive: true });
    }
  },
};

/** `script` gives the program a terminal. Who is new declines the placement; the progress bar stands above the first question. */
async function toTheQuestion(home) {
  const begun = process.hrtime.bigint();
  const child = spawn('script', ['-qec', 'stty cols 80 rows 24; npm start', '/dev/null'], {
    env: { ...process.env, CKA_NET_HOME: home, TERM: 'xterm-256color' },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let seen = '';
  let declined = false;
  try {
    return await new Promise((resolve, reject) => {
      child.stdout.on('data', (text) => {
        seen += text;
        if (!declined && /questions first\?/.test(seen)) {
          declined = true;
          child.stdin.write('\u001b[B\r');
        }
        if (/1 of \d+/.test(seen) && seen.includes('›')) resolve(Number(process.hrtime.bigint() - begun) / 1e6);
      });
      child.once('close', () => reject(new Error(`npm start ended before it asked: ${seen}`)));
    });
  } finally {
    child.removeAllListeners('close');
    child.kill();
  }
}
