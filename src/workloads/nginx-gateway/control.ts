/** NGINX Gateway Fabric's control plane: it judges Gateways and routes, tells them so, and puts up an nginx for every Gateway. */
import { EndpointSlice } from '#kube/kinds/endpoint-slice.ts';
import { GatewayClass } from '#kube/kinds/gateway/gateway-class.ts';
import { Gateway } from '#kube/kinds/gateway/gateway.ts';
import { GRPCRoute } from '#kube/kinds/gateway/grpc-route.ts';
import { HTTPRoute } from '#kube/kinds/gateway/http-route.ts';
import { ReferenceGrant } from '#kube/kinds/gateway/reference-grant.ts';
import { Deployment } from '#kube/kinds/deployment.ts';
import { Namespace } from '#kube/kinds/namespace.ts';
import { Secret } from '#kube/kinds/secret.ts';
import { Service } from '#kube/kinds/service.ts';
import type { Objects } from '#kube/cluster.ts';
import type { Port } from '#net/ip.ts';
import type { Listener } from '#node/host.ts';
import type { ContainerContext, HttpResponse, Program } from '#node/program.ts';
import { pidOf } from '../listening.ts';
import { classOf, gatewayFlags, gatewaysOf, proxyService, proxySettings } from './gateways.ts';
import { provision } from './provision.ts';
import { writeStatuses } from './status.ts';

const watched = [GatewayClass, Gateway, HTTPRoute, GRPCRoute, ReferenceGrant, Service, EndpointSlice, Secret, Namespace] as const;

/** Changes whenever something does that routes and Gateways depend on. */
export function gatewayRevisions(objects: Objects): readonly unknown[] {
  return watched.map((kind) => objects.revision(kind));
}

export function listenerOf(context: ContainerContext, process: string, port: number, speaks: Listener['speaks']): Listener {
  return { protocol: 'TCP', address: '::', port: port as Port, process, pid: pidOf(context), speaks };
}

const ready = (path: string): HttpResponse =>
  /^\/readyz(\?|$)/.test(path) ? { status: 200, headers: {}, body: '' } : { status: 404, headers: {}, body: '404 page not found\n' };

export const nginxGateway: Program = {
  tools: new Set(),
  entrypoint: ['/usr/bin/gateway'],
  cmd: [],
  image: { pull: 2400, size: 24_000_000 },
  start: (context) => ({
    listeners: [
      listenerOf(context, 'gateway', 8081, 'http'),
      listenerOf(context, 'gateway', 8443, 'silent'),
      listenerOf(context, 'gateway', 9113, 'http'),
    ],
    stopsAfter: 100,
  }),
  act(context, run) {
    const { objects } = context.change;
    const revisions = [...gatewayRevisions(objects), objects.revision(Deployment)];
    if (run.synced !== undefined && revisions.every((one, i) => one === run.synced![i])) return run;
    const flags = gatewayFlags(context.argv);
    const ours = classOf(objects, flags);
    const service = proxyService(ours && proxySettings(objects, ours));
    for (const gateway of gatewaysOf(objects, flags)) provision(context, gateway, service);
    writeStatuses(context, flags);
    return { ...run, synced: [...gatewayRevisions(objects), objects.revision(Deployment)] };
  },
  serve: (_context, { port, path }) => (port === 8081 ? ready(path) : { status: 404, headers: {}, body: '404 page not found\n' }),
};
