/** Faults of Ingresses, with ingress-nginx. */
import { fault } from './fault.ts';
import { httpStatus } from './http-status.ts';

const page = 'https://kubernetes.io/docs/concepts/services-networking/ingress/';
const at = { namespace: 'shop', ingress: 'shop', host: 'shop.example.com', from: 'shop/client' };
type Place = { readonly namespace: string; readonly ingress: string };
const patch = ({ namespace, ingress }: Place, operations: string) =>
  `kubectl -n ${namespace} patch ingress ${ingress} --type=json -p '[${operations}]'`;
const replace = (path: string, value: string) => `{"op":"replace","path":"${path}","value":${value}}`;
const backend = '/spec/rules/0/http/paths/0/backend/service';
/** What a client inside is answered by the controller, which is asked by its Service. */
const answers = ({ from, host }: { readonly from: string; readonly host: string }, status: string, path = '/') =>
  httpStatus({ from, host, url: `http://ingress-nginx-controller.ingress-nginx${path}` }, status);
/** A field of the Ingress, as the fault leaves it. */
const field = ({ namespace, ingress }: Place, jsonpath: string, equals: string) =>
  ({ object: { ref: `ingress/${ingress}`, namespace, jsonpath, equals } }) as const;
const describe = ({ namespace, ingress }: Place) => `kubectl -n ${namespace} describe ingress ${ingress}`;
const logs = 'kubectl -n ingress-nginx logs deploy/ingress-nginx-controller';

export const ingressFaults = [
  fault({
    name: 'ingress-class-missing',
    row: 41,
    topic: 'ingress',
    title: 'The Ingress names no class, and none is the default',
    symptom: '404, and no ADDRESS',
    ground: 'ingress',
    parameters: { ...at, className: 'nginx' },
    breaks: (p) => patch(p, '{"op":"remove","path":"/spec/ingressClassName"}'),
    mends: (p) => patch(p, `{"op":"add","path":"/spec/ingressClassName","value":"${p.className}"}`),
    shows: (p) => [field(p, '{.spec.ingressClassName}', ''), answers(p, '404')],
    mended: (p) => [answers(p, '200')],
    evidence: ({ namespace }) => `kubectl -n ${namespace} get ingress`,
    docs: page,
  }),
  fault({
    name: 'ingress-service-misspelt',
    row: 42,
    topic: 'ingress',
    title: "The Ingress's backend is a Service that there is not",
    symptom: '503',
    ground: 'ingress',
    parameters: { ...at, right: 'web', wrong: 'wbe' },
    breaks: (p) => patch(p, replace(`${backend}/name`, `"${p.wrong}"`)),
    mends: (p) => patch(p, replace(`${backend}/name`, `"${p.right}"`)),
    shows: (p) => [field(p, '{.spec.rules[0].http.paths[0].backend.service.name}', p.wrong), answers(p, '503')],
    mended: (p) => [answers(p, '200')],
    evidence: describe,
    docs: page,
  }),
  fault({
    name: 'ingress-backend-empty',
    row: 43,
    topic: 'ingress',
    title: "The Ingress's backend has no endpoint",
    symptom: '503',
    ground: 'ingress',
    parameters: { ...at, deployment: 'web', replicas: '2' },
    breaks: ({ namespace, deployment }) => `kubectl -n ${namespace} scale deploy ${deployment} --replicas=0`,
    mends: ({ namespace, deployment, replicas }) => `kubectl -n ${namespace} scale deploy ${deployment} --replicas=${replicas}`,
    shows: (p) => [{ run: { line: describe(p), exitCode: 0, stdout: { contains: `${p.deployment}:80 ()` } } }, answers(p, '503')],
    mended: (p) => [answers(p, '200')],
    evidence: describe,
    docs: page,
  }),
  fault({
    name: 'ingress-backend-port',
    row: 44,
    topic: 'ingress',
    title: 'The Ingress names a port that its Service does not have',
    symptom: '503, though describe lists the pods',
    ground: 'ingress',
    parameters: { ...at, right: '80', wrong: '8080' },
    breaks: (p) => patch(p, replace(`${backend}/port/number`, p.wrong)),
    mends: (p) => patch(p, replace(`${backend}/port/number`, p.right)),
    shows: (p) => [field(p, '{.spec.rules[0].http.paths[0].backend.service.port.number}', p.wrong), answers(p, '503')],
    mended: (p) => [answers(p, '200')],
    evidence: describe,
    docs: page,
  }),
  fault({
    name: 'ingress-path-type',
    row: 45,
    topic: 'ingress',
    title: 'The path is Exact where everything below it was meant',
    symptom: '404 for what lies below the path',
    ground: 'ingress',
    parameters: { ...at, path: '/menu', below: '/menu/today' },
    breaks: (p) =>
      patch(
        p,
        [replace('/spec/rules/0/http/paths/0/path', `"${p.path}"`), replace('/spec/rules/0/http/paths/0/pathType', '"Exact"')].join(','),
      ),
    mends: (p) => patch(p, replace('/spec/rules/0/http/paths/0/pathType', '"Prefix"')),
    shows: (p) => [field(p, '{.spec.rules[0].http.paths[0].pathType}', 'Exact'), answers(p, '404', p.below)],
    mended: (p) => [answers(p, '200', p.below), answers(p, '200', p.path)],
    evidence: ({ namespace, ingress }) => `kubectl -n ${namespace} get ingress ${ingress} -o yaml`,
    docs: page,
  }),
  fault({
    name: 'ingress-host',
    row: 46,
    topic: 'ingress',
    title: "The Ingress's host is not the one that clients ask for",
    symptom: '404',
    ground: 'ingress',
    parameters: { ...at, wrong: 'www.example.com' },
    breaks: (p) => patch(p, replace('/spec/rules/0/host', `"${p.wrong}"`)),
    mends: (p) => patch(p, replace('/spec/rules/0/host', `"${p.host}"`)),
    shows: (p) => [field(p, '{.spec.rules[0].host}', p.wrong), answers(p, '404')],
    mended: (p) => [answers(p, '200')],
    evidence: describe,
    docs: page,
  }),
  fault({
    name: 'ingress-defined-twice',
    row: 47,
    topic: 'ingress',
    title: 'A manifest claims a host and path that another Ingress has',
    symptom: 'the admission webhook refuses the manifest',
    ground: 'ingress',
    parameters: { namespace: at.namespace, host: at.host, service: 'web', name: 'second', path: '/second' },
    breaks: ({ namespace, host, service, name }) =>
      `kubectl -n ${namespace} create ingress ${name} --class=nginx --rule="${host}/*=${service}:80" --dry-run=client -o yaml > /root/${name}.yaml`,
    mends: ({ namespace, name, path }) => `
sed -i 's#path: /$#path: ${path}#' /root/${name}.yaml
kubectl -n ${namespace} apply -f /root/${name}.yaml`,
    shows: ({ name, namespace }) => [
      {
        run: {
          line: `kubectl -n ${namespace} apply --dry-run=server -f /root/${name}.yaml`,
          exitCode: 1,
          stderr: { contains: 'is already defined in ingress' },
        },
      },
    ],
    evidence: ({ namespace, name }) => `kubectl -n ${namespace} create -f /root/${name}.yaml`,
    docs: page,
  }),
  fault({
    name: 'ingress-tls-secret-missing',
    row: 48,
    topic: 'ingress',
    title: "The Ingress's TLS secret does not exist",
    symptom: "the controller's own certificate is served",
    ground: 'ingress',
    parameters: { namespace: at.namespace, ingress: at.ingress, host: at.host, secret: 'shop-tls' },
    breaks: (p) => patch(p, `{"op":"add","path":"/spec/tls","value":[{"hosts":["${p.host}"],"secretName":"${p.secret}"}]}`),
    mends: ({ namespace, host, secret }) => `
openssl req -x509 -newkey rsa:2048 -nodes -keyout /root/tls.key -out /root/tls.crt -days 90 -subj /CN=${host} -addext subjectAltName=DNS:${host} 2>/dev/null
kubectl -n ${namespace} create secret tls ${secret} --cert=/root/tls.crt --key=/root/tls.key`,
    shows: ({ namespace, ingress, secret }) => [
      {
        run: {
          line: `kubectl -n ${namespace} get ingress ${ingress} -o jsonpath={.spec.tls[0].secretName} | grep -x ${secret} && ! kubectl -n ${namespace} get secret ${secret}`,
          exitCode: 0,
        },
      },
    ],
    evidence: () => logs,
    docs: page,
  }),
];
