/** ingress-nginx in a cluster: what its webhook refuses, what the API server says when nobody answers, and what the controller does besides. */
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLesson, type Lesson } from '#lesson/lesson.ts';
import { loadScenario } from '#scenario/load.ts';

const scenario = `
apiVersion: cka-net/v1
kind: Scenario
metadata: {name: front-door, title: Front door, topic: ingress, difficulty: easy}
spec:
  cluster: {addons: [ingress-nginx]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: default, labels: {app: web}}
spec: {containers: [{name: web, image: "nginx:1.29", ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: default}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: first, namespace: default}
spec:
  ingressClassName: nginx
  rules:
    - host: web.example
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
`;

async function start(): Promise<Lesson> {
  const loaded = loadScenario([{ name: 'scenario.yaml', text: scenario }]);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded));
  const started = await startLesson(loaded.scenario, { seed: '0' });
  if (!started.ok) throw new Error(JSON.stringify(started.error));
  return started.value;
}

let lesson: Lesson;
beforeAll(async () => void (lesson = await start()));
beforeEach(() => lesson.reset());

async function typed(line: string): Promise<string> {
  const { stdout, stderr } = await lesson.open({ tty: false }).run(line);
  return stdout + stderr;
}

const status = (host: string) =>
  typed(
    `curl -s -o /dev/null -w %{http_code} -H "Host: ${host}" "$(kubectl -n ingress-nginx get pod -l app.kubernetes.io/component=controller -o jsonpath={.items[0].status.podIP})"`,
  );

const controllerLog = () => typed('kubectl -n ingress-nginx logs deploy/ingress-nginx-controller');

interface Asked {
  readonly path?: string;
  readonly pathType?: string;
  readonly host?: string;
  readonly annotations?: string;
}

const apply = ({ path = '/', pathType = 'Prefix', host = 'other.example', annotations = '' }: Asked) =>
  typed(`cat <<'E' | kubectl apply -f -
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: second
  annotations: {${annotations}}
spec:
  ingressClassName: nginx
  rules:
    - host: "${host}"
      http: {paths: [{path: "${path}", pathType: ${pathType}, backend: {service: {name: web, port: {number: 80}}}}]}
E`);

const denied = 'admission webhook "validate.nginx.ingress.kubernetes.io" denied the request: ';

describe('the webhook refuses', () => {
  it.each<readonly [what: string, asked: Asked, words: string]>([
    ['a host and path of another', { host: 'web.example' }, 'host "web.example" and path "/" is already defined in ingress default/first'],
    [
      'an expression of a strict type',
      { path: '/a(.*)' },
      'ingress contains invalid paths: path /a(.*) cannot be used with pathType Prefix',
    ],
    [
      'lines of nginx',
      { annotations: 'nginx.ingress.kubernetes.io/server-snippet: "deny all;"' },
      'nginx.ingress.kubernetes.io/server-snippet annotation cannot be used. Snippet directives are disabled by the Ingress administrator',
    ],
  ])('%s', async (_what, asked, words) => {
    expect(await apply(asked)).toContain(denied + words);
    expect(await controllerLog()).toMatch(/main\.go:96\] "invalid ingress configuration" err="/);
  });

  it('not what is right', async () => {
    expect(await apply({})).toBe('ingress.networking.k8s.io/second created\n');
    expect(await controllerLog()).toMatch(/main\.go:107\] "successfully validated configuration, accepting" ingress="default\/second"/);
    expect(await typed('kubectl get events')).toMatch(/Normal +Sync +ingress\/second +Scheduled for sync/);
  });
});

const put = (changes: string) => `kubectl patch validatingwebhookconfiguration ingress-nginx-admission --type=json -p '[${changes}]'`;

describe('the API server has nobody to ask', () => {
  it.each<readonly [what: string, line: string, why: string]>([
    [
      'without pods',
      'kubectl -n ingress-nginx scale deploy ingress-nginx-controller --replicas=0',
      'failed calling webhook "validate.nginx.ingress.kubernetes.io": failed to call webhook: Post "https://ingress-nginx-controller-admission.ingress-nginx.svc:443/networking/v1/ingresses?timeout=10s": dial tcp ADDRESS:443: connect: connection refused',
    ],
    [
      'without the Service',
      'kubectl -n ingress-nginx delete svc ingress-nginx-controller-admission',
      'service "ingress-nginx-controller-admission" not found',
    ],
    [
      'without its authority',
      put('{"op":"remove","path":"/webhooks/0/clientConfig/caBundle"}'),
      'tls: failed to verify certificate: x509: certificate signed by unknown authority',
    ],
  ])('%s', async (_what, line, why) => {
    await typed(line);
    expect((await apply({})).replace(/tcp [\d.]+:/, 'tcp ADDRESS:')).toContain(why);
    // What is there goes on being served, but where no controller is left to do it.
    expect(await typed('kubectl get ingress -o name')).toBe('ingress.networking.k8s.io/first\n');
    await typed(put('{"op":"replace","path":"/webhooks/0/failurePolicy","value":"Ignore"}'));
    expect(await apply({})).toBe('ingress.networking.k8s.io/second created\n');
  });
});

it('an Ingress has the address of the controller, as long as it is the controller’s', async () => {
  const address = "kubectl get ingress first -o jsonpath='{.status.loadBalancer.ingress[*].ip}'";
  expect(await typed(address)).toMatch(/^172\.30\.\d+\.\d+$/);
  await typed(`kubectl patch ingress first -p '{"spec":{"ingressClassName":"traefik"}}'`);
  expect(await controllerLog()).toMatch(/"removing ingress because of unknown ingressclass" ingress="default\/first"/);
  expect(await status('web.example')).toBe('404');
});

it('what nginx does not take is not put in force, and the rest goes on', async () => {
  await typed('kubectl delete validatingwebhookconfiguration ingress-nginx-admission');
  await apply({ path: '/a(', pathType: 'ImplementationSpecific', annotations: 'nginx.ingress.kubernetes.io/use-regex: "true"' });
  expect(await controllerLog()).toMatch(/pcre2_compile\(\) failed: missing closing parenthesis/);
  expect(await typed('kubectl get events -A')).toMatch(/Warning +RELOAD +pod\/ingress-nginx-controller-\S+ +Error reloading NGINX/);
  expect([await status('web.example'), await status('other.example')]).toEqual(['200', '404']);
});
