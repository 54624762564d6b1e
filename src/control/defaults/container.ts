/** (pkg/apis/core/v1/defaults.go: SetDefaults_Container and what containers are made of) */
import type { Container, ContainerPort, EnvVar } from '#kube/kinds/container.ts';
import type { LifecycleHandler, Probe } from '#kube/kinds/probe.ts';
import { change, each, fill } from './fill.ts';

type Handler = LifecycleHandler | Probe;

/** A container, or an ephemeral one. */
export function containerWithDefaults<C extends Omit<Container, 'resources'>>(container: C): C {
  let filled: Omit<Container, 'resources'> = fill<Omit<Container, 'resources'>>(container, {
    imagePullPolicy: pullPolicyOf(container.image ?? ''),
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  });
  filled = change(filled, 'ports', (ports) => ports.map(portWithDefaults));
  filled = change(filled, 'env', (env) => env.map(variableWithDefaults));
  filled = change(filled, 'livenessProbe', probeWithDefaults);
  filled = change(filled, 'readinessProbe', probeWithDefaults);
  filled = change(filled, 'startupProbe', probeWithDefaults);
  filled = change(filled, 'lifecycle', (lifecycle) =>
    change(change(lifecycle, 'postStart', handlerWithDefaults), 'preStop', handlerWithDefaults),
  );
  return filled as C;
}

/** Images that move are pulled always: those with the tag latest, which a name without tag and digest has. */
export function pullPolicyOf(image: string): 'Always' | 'IfNotPresent' {
  if (image === '' || image.includes('@')) return 'IfNotPresent';
  const tag = /:([^/:]+)$/.exec(image)?.[1];
  return tag === undefined || tag === 'latest' ? 'Always' : 'IfNotPresent';
}

function portWithDefaults(port: ContainerPort): ContainerPort {
  return fill(port, { protocol: 'TCP' });
}

function variableWithDefaults(variable: EnvVar): EnvVar {
  return change(variable, 'valueFrom', (source) => change(source, 'fieldRef', (ref) => fill(ref, { apiVersion: 'v1' })));
}

function handlerWithDefaults<H extends Handler>(handler: H): H {
  return change(handler as Handler, 'httpGet', (get) => fill(get, { path: '/', scheme: 'HTTP' })) as H;
}

function probeWithDefaults(probe: Probe): Probe {
  const filled = fill(handlerWithDefaults(probe), {
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
  });
  return change(filled, 'grpc', (grpc) => (grpc.service === undefined ? { ...grpc, service: '' } : grpc));
}

/** Containers on the network of the node take the ports of the node. */
export function withHostPorts<C extends Pick<Container, 'ports'>>(containers: readonly C[] | undefined): readonly C[] | undefined {
  return each(containers, (container) =>
    change(container, 'ports', (ports) => ports.map((port) => (port.hostPort ? port : { ...port, hostPort: port.containerPort }))),
  );
}
