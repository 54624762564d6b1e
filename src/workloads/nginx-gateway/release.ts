/** The release of NGINX Gateway Fabric that is simulated. */
export const release = {
  version: '2.0.2',
  controllerName: 'gateway.nginx.org/nginx-gateway-controller',
  controller: 'ghcr.io/nginx/nginx-gateway-fabric:2.0.2',
  nginx: 'ghcr.io/nginx/nginx-gateway-fabric/nginx:2.0.2',
} as const;

export const labels = {
  gateway: 'gateway.networking.k8s.io/gateway-name',
  instance: 'app.kubernetes.io/instance',
  managedBy: 'app.kubernetes.io/managed-by',
  name: 'app.kubernetes.io/name',
} as const;
