import type { Condition } from '../check.ts';

/** A client pod (NAMESPACE/NAME), the host that it asks for, and the proxy that it asks. */
export interface Asking {
  readonly from: string;
  readonly host: string;
  readonly url: string;
}

/** What status the client is answered. */
export function httpStatus({ from, host, url }: Asking, status: string): Condition {
  const [namespace, name] = from.split('/');
  return {
    run: {
      line: `kubectl -n ${namespace} exec ${name} -- curl -s -m 5 -o /dev/null -w '%{http_code}' -H 'Host: ${host}' ${url}`,
      exitCode: 0,
      stdout: { equals: status },
    },
  };
}
