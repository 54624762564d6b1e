import { ratioToNode } from './measure.js';

/** A cluster comes up, and one kubectl command is answered; in starts of Node. */
export default {
  name: 'cka-net inspect S -- kubectl get pods -A / node -e 0',
  limit: 3.5,
  measure: () => ratioToNode(['bin/cka-net', 'inspect', 'service-selector-mismatch', '--', 'kubectl', 'get', 'pods', '-A']),
};
