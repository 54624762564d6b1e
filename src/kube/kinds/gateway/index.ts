/** The kinds of the Gateway API's standard channel (v1.4). They come to a cluster as CustomResourceDefinitions. */
import type { Kind } from '../../kind.ts';
import { BackendTLSPolicy } from './backend-tls-policy.ts';
import { GatewayClass } from './gateway-class.ts';
import { Gateway } from './gateway.ts';
import { GRPCRoute } from './grpc-route.ts';
import { HTTPRoute } from './http-route.ts';
import { ReferenceGrant } from './reference-grant.ts';

export const gatewayKinds: readonly Kind[] = [BackendTLSPolicy, GatewayClass, Gateway, GRPCRoute, HTTPRoute, ReferenceGrant];
