/** The release of ingress-nginx that is simulated. */
export const release = {
  version: 'v1.12.1',
  build: '51c2b819690bbf1709b844dbf321a9acf6eda5a7',
  nginx: 'nginx/1.25.5',
  image: 'registry.k8s.io/ingress-nginx/controller:v1.12.1@sha256:9724476b928967173d501040631b23ba07f47073999e80e34b120e8db5f234d5',
} as const;

/** Its process number in its container. */
export const processNumber = 7;
