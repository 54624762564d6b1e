import { int32, int64, intOrString, list, pointer, required, string, struct, typed, type Infer } from '../schema.ts';

export const ExecAction = struct('ExecAction', 'runs a program in the container', {
  command: list(string(), 'the program and its arguments; no shell is involved'),
});
export type ExecAction = Infer<typeof ExecAction>;

export const HTTPHeader = struct('HTTPHeader', 'a header of a probe request', {
  name: required(string('name of the header')),
  value: required(string('value of the header')),
});
export type HTTPHeader = Infer<typeof HTTPHeader>;

export const HTTPGetAction = struct('HTTPGetAction', 'makes an HTTP GET request', {
  path: string('path of the request'),
  port: required(intOrString('number or name of a container port')),
  host: string('address to connect to instead of that of the pod'),
  scheme: typed('URIScheme', string('HTTP or HTTPS', ['HTTP', 'HTTPS'])),
  httpHeaders: list(HTTPHeader, 'headers to send'),
});
export type HTTPGetAction = Infer<typeof HTTPGetAction>;

export const TCPSocketAction = struct('TCPSocketAction', 'opens a TCP connection', {
  port: required(intOrString('number or name of a container port')),
  host: string('address to connect to instead of that of the pod'),
});
export type TCPSocketAction = Infer<typeof TCPSocketAction>;

export const GRPCAction = struct('GRPCAction', 'asks the gRPC health service', {
  port: required(int32('number of the port')),
  service: pointer(string('name of the service that is asked about')),
});
export type GRPCAction = Infer<typeof GRPCAction>;

/** staging:api/core/v1/types.go */
export const Probe = struct(
  'Probe',
  'a check of a container that the kubelet repeats',
  {
    exec: ExecAction,
    httpGet: HTTPGetAction,
    tcpSocket: TCPSocketAction,
    grpc: GRPCAction,
    initialDelaySeconds: int32('seconds after the start of the container before the first check'),
    timeoutSeconds: int32('seconds after which a check has failed'),
    periodSeconds: int32('seconds between checks'),
    successThreshold: int32('successes in a row that end a failure'),
    failureThreshold: int32('failures in a row that count as one'),
    terminationGracePeriodSeconds: pointer(int64('grace period of the pod when this check ends it')),
  },
  { embedded: { ProbeHandler: ['exec', 'httpGet', 'tcpSocket', 'grpc'] } },
);
export type Probe = Infer<typeof Probe>;

export const SleepAction = struct('SleepAction', 'waits', { seconds: required(int64('how long')) });

export const LifecycleHandler = struct('LifecycleHandler', 'something done at a moment of the life of a container', {
  exec: ExecAction,
  httpGet: HTTPGetAction,
  tcpSocket: TCPSocketAction,
  sleep: SleepAction,
});
export type LifecycleHandler = Infer<typeof LifecycleHandler>;

export const Lifecycle = struct('Lifecycle', 'what is done after the start and before the end of a container', {
  postStart: LifecycleHandler,
  preStop: LifecycleHandler,
  stopSignal: pointer(typed('Signal', string('the signal that ends the container'))),
});
export type Lifecycle = Infer<typeof Lifecycle>;
