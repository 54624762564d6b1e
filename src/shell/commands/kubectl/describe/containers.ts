/** The containers of a pod or of a template (kubectl: describeContainers). */
import type { Container, ContainerPort } from '#kube/kinds/container.ts';
import type { ContainerState, ContainerStatus, Pod } from '#kube/kinds/pod.ts';
import type { ResourceRequirements } from '#kube/kinds/resources.ts';
import { quote } from '#kube/json.ts';
import { goSort } from '../printers/go-sort.ts';
import { amountLines } from './amount.ts';
import type { Context } from './context.ts';
import { environmentFromLines, environmentLines } from './environment.ts';
import { field, indented, orNone, type Lines } from './lines.ts';
import { probeText } from './probe.ts';
import { rfc1123 } from './time.ts';

interface ContainersOf {
  /** Stands before the list: `Init Containers`. */
  readonly title: string;
  readonly containers: readonly Container[];
  readonly statuses?: readonly ContainerStatus[] | undefined;
  /** The pod whose fields variables may show; a template has none. */
  readonly pod?: Pod;
}

export function containerLines({ title, containers, statuses = [], pod }: ContainersOf, context: Context): Lines {
  const inTemplate = pod === undefined;
  return [
    `${inTemplate ? '  ' : ''}${title}:${containers.length === 0 ? ' <none>' : ''}`,
    ...containers.flatMap((container) => {
      const status = statuses.findLast(({ name }) => name === container.name);
      return [`  ${inTemplate ? ' ' : ''}${container.name}:`, ...indented(2, linesOf(container, status, pod, context))];
    }),
  ];
}

function linesOf(container: Container, status: ContainerStatus | undefined, pod: Pod | undefined, context: Context): Lines {
  const { image = '', ports = [], command = [], args = [], resources, envFrom = [], securityContext } = container;
  return [
    ...(status === undefined ? [] : [field('Container ID', status.containerID ?? '')]),
    field('Image', image),
    ...(status === undefined ? [] : [field('Image ID', status.imageID)]),
    portsLine('Port', ports, ({ containerPort }) => containerPort, context),
    portsLine('Host Port', ports, ({ hostPort = 0 }) => hostPort, context),
    ...seccompLines(securityContext?.seccompProfile, 1),
    ...words('Command', command),
    ...words('Args', args),
    ...(status === undefined ? [] : statusLines(status)),
    ...resourceLines(resources),
    ...probeLines(container),
    ...(envFrom.length === 0 ? [] : environmentFromLines(envFrom)),
    ...environmentLines(container, pod),
    ...mountLines(container),
  ];
}

type PortOf = (port: ContainerPort) => number;

function portsLine(name: string, ports: readonly ContainerPort[], portOf: PortOf, context: Context): string {
  const texts = ports.map((port) => {
    const text = `${portOf(port)}/${port.protocol ?? ''}`;
    return (port.name ?? '') !== '' && context.has('port names') ? `${text} (${port.name!})` : text;
  });
  return field(texts.length > 1 ? `${name}s` : name, orNone(texts.join(', ')));
}

interface SeccompProfile {
  readonly type: string;
  readonly localhostProfile?: string;
}

/** `SeccompProfile: RuntimeDefault`, and the file of a profile of the node. */
export function seccompLines(profile: SeccompProfile | undefined, level: number): Lines {
  if (profile === undefined) return [];
  const file = profile.type === 'Localhost' ? [field('LocalhostProfile', profile.localhostProfile ?? '')] : [];
  return [field('SeccompProfile', profile.type), ...indented(level, file)];
}

/** The words of a command, those of several lines split. */
function words(name: string, list: readonly string[]): Lines {
  const lines = list.flatMap((word) => word.split('\n'));
  return lines.length === 0 ? [] : [`${name}:`, ...indented(1, lines)];
}

function statusLines({ state, lastState, ready, restartCount }: ContainerStatus): Lines {
  return [
    ...stateLines('State', state),
    ...(lastState.terminated === undefined ? [] : stateLines('Last State', lastState)),
    field('Ready', ready ? 'True' : 'False'),
    field('Restart Count', restartCount),
  ];
}

function stateLines(name: string, { running, waiting, terminated }: ContainerState): Lines {
  if (running !== undefined) return [field(name, 'Running'), `  ${field('Started', rfc1123(running.startedAt))}`];
  if (waiting === undefined && terminated !== undefined) {
    const { reason = '', message = '', exitCode, signal = 0, startedAt, finishedAt } = terminated;
    const lines = [
      ...(reason === '' ? [] : [field('Reason', reason)]),
      ...(message === '' ? [] : [field('Message', message)]),
      field('Exit Code', exitCode),
      ...(signal > 0 ? [field('Signal', signal)] : []),
      field('Started', rfc1123(startedAt)),
      field('Finished', rfc1123(finishedAt)),
    ];
    return [field(name, 'Terminated'), ...indented(1, lines)];
  }
  const reason = waiting?.reason ?? '';
  return [field(name, 'Waiting'), ...(reason === '' ? [] : [`  ${field('Reason', reason)}`])];
}

export function resourceLines({ limits = {}, requests = {} }: ResourceRequirements): Lines {
  const block = (name: string, amounts: typeof limits) =>
    Object.keys(amounts).length === 0 ? [] : [`${name}:`, ...indented(1, amountLines(amounts))];
  return [...block('Limits', limits), ...block('Requests', requests)];
}

function probeLines({ livenessProbe, readinessProbe, startupProbe }: Container): Lines {
  const probes = [
    ['Liveness', livenessProbe],
    ['Readiness', readinessProbe],
    ['Startup', startupProbe],
  ] as const;
  return probes.flatMap(([name, probe]) => (probe === undefined ? [] : [field(name, probeText(probe))]));
}

function mountLines({ volumeMounts = [], volumeDevices = [] }: Container): Lines {
  const none = volumeMounts.length === 0 ? '\t<none>' : '';
  const mounts = goSort(volumeMounts, (a, b) => a.mountPath < b.mountPath).map(({ name, mountPath, readOnly = false, subPath = '' }) => {
    const flags = [readOnly ? 'ro' : 'rw', ...(subPath === '' ? [] : [`path=${quote(subPath)}`])];
    return `${mountPath} from ${name} (${flags.join(',')})`;
  });
  const devices = goSort(volumeDevices, (a, b) => a.devicePath < b.devicePath).map(({ name, devicePath }) => `${devicePath} from ${name}`);
  return [
    `Mounts:${none}`,
    ...indented(1, mounts),
    // A container with devices and no mounts says <none> in both places, as kubectl does.
    ...(devices.length === 0 ? [] : [`Devices:${none}`, ...indented(1, devices)]),
  ];
}
