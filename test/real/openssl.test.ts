/** openssl of the simulation beside the real one: the cluster's certificates, chains that the real one has made, and mistakes. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Lesson } from '#lesson/lesson.ts';
import { lessonOf } from '../support/session.ts';

const version = spawnSync('openssl', ['version'], { encoding: 'utf8' }).stdout ?? '';
/** The nodes have OpenSSL 3.0; later ones print differently. */
const reason = /^OpenSSL 3\.0\./.test(version) ? undefined : version === '' ? 'no openssl' : `${version.trim()} is not 3.0`;
if (reason !== undefined) process.stderr.write(`test/real/openssl: skipped, ${reason}\n`);
const together = reason === undefined ? describe : describe.skip;

let lesson: Lesson;
let directory: string;
beforeAll(async () => {
  if (reason !== undefined) return;
  lesson = await lessonOf('scenarios/services/service-selector-mismatch.yaml');
  directory = mkdtempSync(join(tmpdir(), 'cka-net-'));
}, 60_000);
afterAll(() => {
  if (reason === undefined) rmSync(directory, { recursive: true });
});

interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Thread numbers, places in OpenSSL's source (they move between patch releases), and the time of a new certificate differ. */
function plain({ stdout, stderr, exitCode }: Ran): Ran {
  return {
    stdout,
    stderr: stderr.replace(/^[0-9A-F]{8,16}:error/gm, 'ID:error').replace(/:(\.\.\/[\w/.-]+):\d+:/g, ':$1:N:'),
    exitCode,
  };
}

function really(line: string): Ran {
  const { stdout, stderr, status } = spawnSync('bash', ['--norc', '-c', line], { cwd: directory, encoding: 'utf8' });
  return plain({ stdout, stderr, exitCode: status ?? -1 });
}

async function simulated(line: string): Promise<Ran> {
  const { stdout, stderr, exitCode } = await lesson.run(`cd /tmp/t && ${line}`);
  return plain({ stdout, stderr, exitCode });
}

/** Puts a file where both find it, below the directory they run in. */
async function give(name: string, text: string): Promise<void> {
  mkdirSync(dirname(join(directory, name)), { recursive: true });
  writeFileSync(join(directory, name), text);
  await lesson.run(
    `mkdir -p /tmp/t/${dirname(name)}; cat > /tmp/t/${name} <<'EOF'\n${text}${text === '' || text.endsWith('\n') ? '' : '\n'}EOF`,
  );
}

const pki = [
  'ca',
  'apiserver',
  'apiserver-kubelet-client',
  'apiserver-etcd-client',
  'front-proxy-ca',
  'front-proxy-client',
  'etcd/ca',
  'etcd/server',
  'etcd/peer',
];

const questions = [
  '-noout -text',
  '-noout -subject -issuer',
  '-noout -subject -nameopt RFC2253',
  '-noout -issuer -nameopt compat',
  '-noout -subject -nameopt multiline',
  '-noout -dates',
  '-noout -enddate -dateopt iso_8601',
  '-noout -startdate',
  '-noout -serial -modulus',
  '-noout -fingerprint',
  '-noout -fingerprint -sha256',
  '-noout -ext subjectAltName',
  '-noout -ext keyUsage,extendedKeyUsage,basicConstraints',
  '-noout -text -certopt no_sigdump,no_pubkey',
  '-noout -email -ocsp_uri -alias',
  '-pubkey -noout',
  '-enddate -subject -enddate',
  '',
];

together('openssl x509 on the cluster’s certificates', () => {
  beforeAll(async () => {
    for (const name of pki) await give(`${name.replace('/', '-')}.crt`, (await lesson.run(`cat /etc/kubernetes/pki/${name}.crt`)).stdout);
  }, 60_000);
  it.each(questions)(
    'x509 %s',
    async (options) => {
      for (const name of pki) {
        const line = `openssl x509 -in ${name.replace('/', '-')}.crt ${options}`;
        expect({ line, ...(await simulated(line)) }).toEqual({ line, ...really(line) });
      }
    },
    30_000,
  );
});

together('openssl x509 and mistakes', () => {
  beforeAll(async () => {
    await give('ca.crt', (await lesson.run('cat /etc/kubernetes/pki/ca.crt')).stdout);
    await give('ca.key', (await lesson.run('cat /etc/kubernetes/pki/ca.key')).stdout);
    await give('empty', '');
    await give('text', 'this is no certificate\n');
    await give('cut', '-----BEGIN CERTIFICATE-----\nMIIB\n');
    await give('wrong', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n');
  });
  it.each([
    'openssl x509 -in nope -noout -text',
    'openssl x509 -in empty -noout -text',
    'openssl x509 -in text -noout -text',
    'openssl x509 -in cut -noout',
    'openssl x509 -in wrong -noout',
    'openssl x509 -in ca.key -noout',
    'openssl x509 -in . -noout',
    'openssl x509 -noout -subject < ca.crt',
    'cat ca.crt | openssl x509 -noout -enddate',
    'openssl x509 -in ca.crt -frobnicate',
    'openssl x509 -in',
    'openssl x509 -in ca.crt -checkend x',
    'openssl x509 -in ca.crt -noout extra',
    'openssl x509 -in ca.crt -noout -ext nosuch',
    'openssl x509 -in ca.crt -noout -subject -out nowhere/x',
    'openssl x509 -in ca.crt -noout -subject -out said && cat said',
    'openssl frobnicate',
    'openssl verify -frobnicate',
    'openssl verify nope',
    'openssl verify -CAfile nope ca.crt',
    'openssl verify text',
    'openssl s_client -frobnicate',
    'openssl req -frobnicate',
  ])('%s', async (line) => expect(await simulated(line)).toEqual(really(line)));
});

/** Real certificates: an authority, one below it, servers of both, one that is late, one of nobody. */
const made = `set -e
conf() { printf '%s\\n' "$@"; }
openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.crt -days 3650 -subj '/O=shop/CN=root' -addext keyUsage=critical,keyCertSign 2>/dev/null
openssl req -x509 -newkey rsa:2048 -nodes -keyout other.key -out other.crt -days 3650 -subj '/CN=other' 2>/dev/null
openssl req -new -newkey rsa:2048 -nodes -keyout middle.key -out middle.csr -subj '/CN=middle' 2>/dev/null
openssl x509 -req -in middle.csr -CA root.crt -CAkey root.key -CAcreateserial -days 1000 -out middle.crt -extfile <(conf basicConstraints=critical,CA:true keyUsage=critical,keyCertSign) 2>/dev/null
for name in web late; do
  openssl req -new -newkey rsa:2048 -nodes -keyout $name.key -out $name.csr -subj "/C=DE/O=shop/OU=till/CN=$name.shop" 2>/dev/null
done
openssl x509 -req -in web.csr -CA middle.crt -CAkey middle.key -CAcreateserial -days 365 -out web.crt -extfile <(conf subjectAltName=DNS:web.shop,DNS:*.web.shop,IP:10.96.0.9,email:a@shop.example,URI:spiffe://shop/web extendedKeyUsage=serverAuth,clientAuth) 2>/dev/null
openssl x509 -req -in late.csr -CA root.crt -CAkey root.key -CAcreateserial -days 1 -out late.crt -extfile <(conf subjectAltName=DNS:late.shop) 2>/dev/null
cat web.crt middle.crt > chain.crt
cat root.crt other.crt > both.crt
`;

together('openssl on certificates that the real one has made', () => {
  const files = ['root.crt', 'other.crt', 'middle.crt', 'web.crt', 'late.crt', 'chain.crt', 'both.crt', 'web.key'];
  let now: number;
  let server: Server;
  beforeAll(async () => {
    const { status, stderr } = spawnSync('bash', ['--norc', '-c', made], { cwd: directory, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    for (const name of files) await give(name, readFileSync(join(directory, name), 'utf8'));
    now = Math.floor(Date.now() / 1000) + 3600;
  }, 60_000);

  it.each(questions)('x509 %s', async (options) => {
    for (const name of ['root.crt', 'middle.crt', 'web.crt', 'chain.crt']) {
      const line = `openssl x509 -in ${name} ${options}`;
      expect({ line, ...(await simulated(line)) }).toEqual({ line, ...really(line) });
    }
  });

  it.each([
    'root.crt',
    '-CAfile root.crt root.crt',
    '-CAfile root.crt middle.crt',
    '-CAfile root.crt web.crt',
    '-CAfile root.crt -untrusted middle.crt web.crt',
    '-CAfile root.crt -untrusted middle.crt -show_chain web.crt',
    '-CAfile other.crt -untrusted middle.crt web.crt',
    '-CAfile both.crt -untrusted middle.crt web.crt late.crt',
    '-CAfile root.crt chain.crt',
    '-CAfile middle.crt web.crt',
    '-CAfile middle.crt -partial_chain web.crt',
    '-CAfile root.crt -untrusted chain.crt -verify_hostname web.shop web.crt',
    '-CAfile root.crt -untrusted chain.crt -verify_hostname a.web.shop web.crt',
    '-CAfile root.crt -untrusted chain.crt -verify_hostname a.b.web.shop web.crt',
    '-CAfile root.crt -untrusted chain.crt -verify_ip 10.96.0.9 web.crt',
    '-CAfile root.crt -untrusted chain.crt -verify_ip 10.96.0.8 web.crt',
    '-CAfile root.crt late.crt',
    'web.crt',
  ])('verify %s', async (options) => {
    const line = `openssl verify -attime ${now} ${options}`;
    expect(await simulated(line)).toEqual(really(line));
  });
  it.each([
    [40, '-CAfile root.crt late.crt'],
    [-40, '-CAfile root.crt late.crt'],
    [400, '-CAfile root.crt -untrusted middle.crt web.crt'],
    [2000, '-CAfile root.crt -untrusted middle.crt web.crt'],
  ])('verify, %s days from now: %s', async (days, options) => {
    const line = `openssl verify -attime ${now + days * 86_400} ${options}`;
    expect(await simulated(line)).toEqual(really(line));
  });

  it.each([
    ['believed', 'root.crt', 'web.shop', ''],
    ['of somebody unknown', 'other.crt', 'web.shop', ''],
    ['shown whole', 'root.crt', 'web.shop', '-showcerts'],
    ['checked for its name', 'root.crt', 'nope.shop', '-verify_hostname nope.shop'],
  ])(
    's_client: a server %s',
    async (_, authority, name, options) => {
      server = createServer({
        cert: readFileSync(join(directory, 'chain.crt')),
        key: readFileSync(join(directory, 'web.key')),
        maxVersion: 'TLSv1.3',
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      const asks = (to: string, at: string) =>
        `openssl s_client -connect ${to} -servername ${name} -CAfile ${authority} ${options} ${at} < /dev/null`;
      const real = await new Promise<string>((resolve) => {
        // In a process of its own, since this one is the server.
        void import('node:child_process').then(({ execFile }) =>
          execFile('bash', ['--norc', '-c', asks(`127.0.0.1:${port}`, '')], { cwd: directory }, (_error, stdout, stderr) =>
            resolve(stdout + stderr),
          ),
        );
      });
      server.close();
      const before = lesson.lab.snapshot;
      // The API server shows the certificate that its files hold; it is the only one here whose certificate a learner can change.
      await lesson.run('cp /tmp/t/chain.crt /etc/kubernetes/pki/apiserver.crt; cp /tmp/t/web.key /etc/kubernetes/pki/apiserver.key');
      const wait = Math.max(0, now * 1000 - lesson.lab.now);
      if (wait > 0) lesson.lab.advance(wait);
      await lesson.run(
        'mv /etc/kubernetes/manifests/kube-apiserver.yaml /root/; sleep 40; mv /root/kube-apiserver.yaml /etc/kubernetes/manifests/; sleep 60',
      );
      const { stdout, stderr } = await simulated(asks('127.0.0.1:6443', ''));
      lesson.lab.restore(before);
      // What depends on the other side being Go's or Node's is not compared: ciphers, sizes, sessions, whom it would believe.
      const told = (text: string) =>
        text
          .split('\n')
          .filter((line) =>
            /^(depth=|verify |Certificate chain| \d s:|   [ivas]:|subject=|issuer=|Verif|-----|[A-Za-z0-9+/=]{64}$|CONNECTED)/.test(line),
          );
      expect(told(stdout + stderr)).toEqual(told(real));
    },
    30_000,
  );
});

together('openssl req -x509', () => {
  it.each([
    "-subj '/CN=web.shop' -days 30",
    "-subj '/C=DE/ST=Hessen/L=Kassel/O=shop/OU=till/CN=web.shop/emailAddress=a@shop.example' -days 30",
    "-subj '/CN=web.shop' -days 365 -addext 'subjectAltName = DNS:web.shop,IP:10.0.0.1'",
    "-subj '/CN=web.shop' -addext keyUsage=critical,digitalSignature -addext extendedKeyUsage=serverAuth",
    "-subj '/CN=a\\/b'",
  ])('%s: what it makes, the real one reads as we do', async (options) => {
    const ran = await lesson.run(`cd /tmp/t && openssl req -x509 -newkey rsa:2048 -nodes ${options} -keyout made.key -out made.crt`);
    expect(ran.exitCode).toBe(0);
    await give('made.crt', (await lesson.run('cat /tmp/t/made.crt')).stdout);
    const line = 'openssl x509 -in made.crt -noout -text';
    expect(await simulated(line)).toEqual(really(line));
    // The real one says the same of its own, but for key, serial number, signature and time.
    const own = really(
      `openssl req -x509 -newkey rsa:2048 -nodes ${options} -keyout own.key -out own.crt 2>/dev/null; openssl x509 -in own.crt -noout -text`,
    );
    const shape = (text: string) =>
      text
        .replace(/^ +([0-9a-f]{2}:)+([0-9a-f]{2})?\n/gm, '')
        .replace(/^ +(Not Before|Not After ?): .*\n/gm, '')
        .replace(/([0-9A-F]{2}:){19}[0-9A-F]{2}/g, 'IDENTIFIER');
    expect(shape((await simulated(line)).stdout)).toBe(shape(own.stdout));
  });

  it.each([
    "openssl req -x509 -newkey rsa:2048 -nodes -subj '/CN=x' -days x -keyout k -out c",
    "openssl req -x509 -newkey rsa:2048 -nodes -subj '/CN=x' -addext 'subjectAltName=IP:nope' -keyout k -out c",
    "openssl req -x509 -newkey rsa:2048 -nodes -subj '/CN=x' -addext 'subjectAltName=FOO:nope' -keyout k -out c",
    "openssl req -x509 -newkey rsa:2048 -nodes -subj '/CN=x' -addext 'nosuch=1' -keyout k -out c",
    "openssl req -x509 -newkey rsa:2048 -nodes -subj '/CN=x' extra",
  ])('%s', async (line) => {
    const real = really(line);
    const ours = await simulated(line);
    // The search for primes is drawn.
    const said = (text: string) => text.replace(/^[.+*-]+\n/gm, '');
    expect({ ...ours, stderr: said(ours.stderr) }).toEqual({ ...real, stderr: said(real.stderr) });
  });
});
