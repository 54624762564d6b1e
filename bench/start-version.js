import { ratioToNode } from './measure.js';

/** `cka-net --version`, in starts of Node. */
export default { name: 'cka-net --version / node -e 0', limit: 1.5, measure: () => ratioToNode(['bin/cka-net', '--version']) };
