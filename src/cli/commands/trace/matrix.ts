/** Who reaches whom, on the screen or for scripts. */
import { Namespace } from '#kube/kinds/namespace.ts';
import type { Lab } from '#lab/lab.ts';
import { reachability, type MatrixOptions } from '#lab/matrix.ts';
import type { Protocol } from '#net/ip.ts';
import { didYouMean } from '#scenario/nearest.ts';
import { matrixView } from '#ui/matrix-view.ts';
import { Failure } from '../../failure.ts';
import type { Terminal } from '../../terminal.ts';

/** `80`, `53/UDP`, `web`: a port, and of which protocol when that is not to be what the pod declares. */
function portOf(text: string): Pick<MatrixOptions, 'port' | 'protocol'> {
  const [, port, protocol] = /^([a-z0-9-]+)(?:\/(tcp|udp|sctp))?$/i.exec(text) ?? [];
  const number = Number(port);
  if (port === undefined || number === 0 || number > 65535) throw new Failure(`--port ${text}: must be a port, as 80, 53/UDP or web`);
  return { port, ...(protocol !== undefined && { protocol: protocol.toUpperCase() as Protocol }) };
}

/** Prints the matrix of a cluster. */
export function printMatrix(
  lab: Lab,
  terminal: Terminal,
  output: string,
  port: string | undefined,
  namespaces: readonly string[] | undefined,
): void {
  const known = lab.snapshot.cluster.list(Namespace).map(({ metadata }) => metadata.name);
  for (const one of namespaces ?? [])
    if (!known.includes(one)) throw new Failure(`--namespace ${one}: there is no such namespace${didYouMean(one, known)}`);
  const matrix = reachability(lab.snapshot, {
    ...(port !== undefined && portOf(port)),
    ...(namespaces !== undefined && { namespaces }),
  });
  if (output === 'json') terminal.print([JSON.stringify({ port: port ?? null, ...matrix }, undefined, 2)]);
  else terminal.print(matrixView(matrix, { columns: terminal.columns, theme: terminal.theme }));
}
