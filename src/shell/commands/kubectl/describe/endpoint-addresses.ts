/** Addresses behind a port of a Service, three of them and how many more (kubectl: formatEndpointSlices, formatEndpoints). */
import type { EndpointSlice } from '#kube/kinds/endpoint-slice.ts';
import type { Endpoints } from '#kube/kinds/endpoints.ts';
import { hostPort } from '#net/ip.ts';

const most = 3;

interface Address {
  readonly text: string;
  readonly ready: boolean;
}

/** Once three are listed, any further address makes kubectl add how many more are ready: ` + 0 more...` where none is. */
function shown(addresses: readonly Address[]): string {
  const ready = addresses.filter(({ ready }) => ready);
  const text = ready
    .slice(0, most)
    .map((one) => one.text)
    .join(',');
  const third = ready[most - 1];
  const goesOn = third !== undefined && addresses.at(-1) !== third;
  return goesOn ? `${text} + ${ready.length - most} more...` : text;
}

/** The ready addresses of slices (`onlyReady` false: all of them), in the order of the slices; `<none>` when there is no slice. */
export function addressesOfSlices(slices: readonly EndpointSlice[], portName: string, onlyReady: boolean): string {
  if (slices.length === 0) return '<none>';
  return shown(
    slices.flatMap(({ ports, endpoints }) => {
      const list = (textOf: (address: string) => string): readonly Address[] =>
        (endpoints ?? []).map(({ addresses: [address = ''], conditions }) => ({
          text: textOf(address),
          ready: !onlyReady || conditions.ready !== false,
        }));
      // A headless Service may have no port.
      if ((ports ?? []).length === 0) return list((address) => address);
      return ports.filter(({ name = '' }) => name === portName).flatMap(({ port = 0 }) => list((address) => hostPort(address, port)));
    }),
  );
}

/** The addresses of Endpoints; `<none>` when there are no Endpoints, or nothing in them. */
export function addressesOfEndpoints(endpoints: Endpoints | undefined, portName: string): string {
  const { subsets = [] } = endpoints ?? {};
  if (subsets.length === 0) return '<none>';
  const texts = subsets.flatMap(({ addresses = [], ports = [] }) => {
    if (ports.length === 0) return addresses.map(({ ip }) => ip);
    return ports.filter(({ name = '' }) => name === portName).flatMap(({ port }) => addresses.map(({ ip }) => hostPort(ip, port)));
  });
  return shown(texts.map((text) => ({ text, ready: true })));
}
