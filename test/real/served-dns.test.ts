/**
 * The real dig, nslookup and busybox nslookup ask the cluster's DNS as `cka-net serve --dns` serves it; the simulated ones ask the same
 * inside. Ids, times, the server's own lines and the command line aside, they print the same.
 */
import { spawn, spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { serveDns } from '#cli/serve/dns.ts';
import { startLesson, type Lesson } from '#lesson/lesson.ts';
import { loadScenario } from '#scenario/load.ts';
import { bindVersion } from '#shell/commands/dig/dig.ts';

const objects = `
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: nginx, ports: [{name: http, containerPort: 80}]}]}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, clusterIP: 10.96.7.7, ports: [{name: http, port: 80}, {name: metrics, port: 9090}]}
---
apiVersion: v1
kind: Service
metadata: {name: web-direct, namespace: shop}
spec: {selector: {app: web}, clusterIP: None, ports: [{name: http, port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: nobody, namespace: shop}
spec: {selector: {app: nobody}, clusterIP: None, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: partner, namespace: shop}
spec: {type: ExternalName, externalName: www.example.com}
---
apiVersion: v1
kind: Service
metadata: {name: lost, namespace: shop}
spec: {type: ExternalName, externalName: nosuch.example.com}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  replicas: 2
  serviceName: db
  selector: {matchLabels: {app: db}}
  template: {metadata: {labels: {app: db}}, spec: {containers: [{name: db, image: postgres:16, ports: [{name: sql, containerPort: 5432}]}]}}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {selector: {app: db}, clusterIP: None, ports: [{name: sql, port: 5432}]}
`;

const outside = `
    outsideNames: |
      example.com. 3600 IN SOA ns.example.com. admin.example.com. 7 2 3 4 300
      example.com. 300 IN A 192.0.2.10
      example.com. 300 IN MX 10 mail.example.com.
      example.com. 300 IN TXT "v=spf1 -all"
      www.example.com. 60 IN CNAME example.com.
`;

const scenario = (cluster: string, lines: string) => `
apiVersion: cka-net/v1
kind: Scenario
metadata: {name: names}
spec:
  cluster:${cluster === '' ? ' {}' : cluster}
  break: ${JSON.stringify(lines)}
---${objects}`;

const dotted = [
  'web.shop.svc.cluster.local',
  'web-direct.shop.svc.cluster.local',
  'nobody.shop.svc.cluster.local',
  'nosuch.shop.svc.cluster.local',
  'web.nosuch.svc.cluster.local',
  'partner.shop.svc.cluster.local',
  'lost.shop.svc.cluster.local',
  'db.shop.svc.cluster.local',
  'db-0.db.shop.svc.cluster.local',
  'db-7.db.shop.svc.cluster.local',
  '_http._tcp.web.shop.svc.cluster.local',
  '_sql._tcp.db.shop.svc.cluster.local',
  '_nosuch._tcp.web.shop.svc.cluster.local',
  '10-244-1-2.shop.pod.cluster.local',
  '10-244-1-2.nosuch.pod.cluster.local',
  'shop.svc.cluster.local',
  'svc.cluster.local',
  'cluster.local',
  'dns-version.cluster.local',
  'WEB.Shop.SVC.cluster.local',
  'web.shop',
  'example.com',
  'www.example.com',
  'nosuch.example.com',
];
const types = ['A', 'AAAA', 'SRV', 'TXT', 'ANY'];
const others = [
  '-x 10.96.7.7',
  '-x 10.96.0.10',
  '-x 10.96.200.200',
  '-x 192.0.2.10',
  'cluster.local SOA',
  'cluster.local NS',
  'example.com MX',
  'example.com TXT',
  'web.shop.svc.cluster.local MX',
  'web.shop.svc.cluster.local HTTPS',
  'web.shop.svc.cluster.local TYPE1234',
  'version.bind CH TXT',
  '+tcp web.shop.svc.cluster.local',
  '+tcp db.shop.svc.cluster.local SRV',
  '+noedns db.shop.svc.cluster.local SRV',
  '+short web-direct.shop.svc.cluster.local',
  '+norecurse web.shop.svc.cluster.local',
  '+noall +answer partner.shop.svc.cluster.local',
  '+bufsize=512 db.shop.svc.cluster.local SRV',
];
const broken = ['web.shop.svc.cluster.local', 'example.com', 'nosuch.shop.svc.cluster.local'].map((name) => `+tries=1 +time=1 ${name}`);

interface World {
  readonly text: string;
  readonly dig: readonly string[];
  readonly nslookup: readonly string[];
}

const worlds: Readonly<Record<string, World>> = {
  'a healthy cluster with an internet': {
    text: scenario(outside, ''),
    dig: [...dotted.flatMap((name) => types.map((type) => `${name} ${type}`)), ...others],
    nslookup: dotted,
  },
  'no CoreDNS': {
    text: scenario('', 'kubectl -n kube-system scale deployment coredns --replicas=0'),
    dig: broken,
    nslookup: [],
  },
  'a CoreDNS that may not look': {
    text: scenario(
      outside,
      'kubectl delete clusterrolebinding system:coredns\nkubectl -n kube-system delete pod -l k8s-app=kube-dns\nsleep 60',
    ),
    dig: broken,
    nslookup: [],
  },
  'nobody answers outside': { text: scenario('', ''), dig: broken, nslookup: ['nosuch.shop.svc.cluster.local'] },
};

function whyNot(): string | undefined {
  const { stderr, status } = spawnSync('dig', ['-v'], { encoding: 'utf8' });
  if (status !== 0) return 'no dig (apt-get install bind9-dnsutils)';
  if (!stderr.includes(bindVersion)) return `another BIND: ${stderr.trim()}`;
  if (spawnSync('busybox', ['nslookup'], { encoding: 'utf8' }).stderr.includes('v1.35') !== true) return 'no busybox 1.35';
  return undefined;
}

async function lessonOf(text: string): Promise<Lesson> {
  const loaded = loadScenario([{ name: 'names.yaml', text }]);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const started = await startLesson(loaded.scenario, { seed: '0' });
  if (!started.ok) throw new Error(JSON.stringify(started.error));
  return started.value;
}

interface Said {
  readonly text: string;
  readonly status: number;
}

function runHere(line: string): Promise<Said> {
  const [program = '', ...args] = line.split(' ');
  return new Promise((resolve) => {
    const child = spawn(program, args);
    let text = '';
    child.stdout.on('data', (bytes: Buffer) => (text += bytes.toString()));
    child.stderr.on('data', (bytes: Buffer) => (text += bytes.toString()));
    child.on('close', (code) => resolve({ text, status: code ?? -1 }));
  });
}

/** Records of one name come in an order by chance (loadbalance): neighbours are sorted. */
function sorted(lines: readonly string[]): readonly string[] {
  const isRecord = (line: string) => /^\S+\s+\d+\s+IN\s|^[\d.]+$|^Name:/.test(line);
  const out: string[] = [];
  let run: string[] = [];
  for (const line of [...lines, '']) {
    if (isRecord(line)) {
      run.push(line);
      continue;
    }
    out.push(...run.sort(), line);
    run = [];
  }
  return out;
}

/** What two runs of a tool may differ in. */
function plain({ text, status }: Said): string {
  const lines = text
    .replaceAll(/127\.0\.0\.1[#:]\d+|10\.96\.0\.10[#:]53/g, 'SERVER')
    .replaceAll(/, id: \d+/g, '')
    // Inside, a Service without endpoints refuses; loopback's listener can only say nothing.
    .replaceAll('SERVER: connection refused', 'SERVER: timed out')
    .replaceAll(/^(Name:.*)\n(Address.*)$/gm, '$1 $2')
    .split('\n')
    .filter(
      (line) => !/^;; (Query time|SERVER|WHEN):|^; <<>> DiG|^; COOKIE:|^Server:|^Address:\s+(127\.0\.0\.1|10\.96\.0\.10|SERVER)/.test(line),
    );
  return `${sorted(lines).join('\n')}[${status}]`;
}

const reason = whyNot();
if (reason !== undefined) console.log(`skipped: the served DNS beside real clients: ${reason}`);

let count = 0;
(reason === undefined ? describe : describe.skip)('asked from outside and inside', () => {
  it.each(Object.keys(worlds))(
    '%s',
    async (name) => {
      const { text, dig, nslookup } = worlds[name]!;
      const [outer, inner] = [await lessonOf(text), await lessonOf(text)];
      const served = await serveDns(outer.lab, 0);
      const differing: unknown[] = [];
      const compare = async (real: string, simulated: string) => {
        const theirs = plain(await runHere(real));
        const { stdout, stderr, exitCode } = await inner.run(simulated);
        const ours = plain({ text: stdout + stderr, status: exitCode });
        count++;
        if (theirs !== ours) differing.push({ simulated, theirs, ours });
      };
      try {
        for (const asked of dig) await compare(`dig @127.0.0.1 -p ${served.port} ${asked}`, `dig @10.96.0.10 ${asked}`);
        for (const asked of nslookup) {
          await compare(`nslookup -port=${served.port} ${asked} 127.0.0.1`, `nslookup ${asked} 10.96.0.10`);
          await compare(`busybox nslookup ${asked} 127.0.0.1:${served.port}`, `busybox nslookup ${asked} 10.96.0.10`);
        }
      } finally {
        served.close();
      }
      expect(differing).toEqual([]);
    },
    120_000,
  );

  it('was often enough', () => {
    console.log(`${count} questions asked of both`);
    expect(count).toBeGreaterThanOrEqual(150);
  });
});
