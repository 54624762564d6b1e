/** What a program that asks the DNS needs of the place it runs in. The shell provides it from the lab: a question is a packet that walks the engine. */
import type { Ip, Prefixed } from '#net/ip.ts';
import type { Outcome, Query, ServerAddress } from '../dns/message.ts';

export interface DnsClient {
  /** The simulated time, which {@link wait} moves on; Unix milliseconds. */
  now(): number;
  wait(milliseconds: number): void;
  /** Sends a message now and says what becomes of it. Waiting for it is the caller's. `from` is the source address that was asked for. */
  exchange(query: Query, to: ServerAddress, from?: Ip): Outcome;
  /** The text of a file of the place, or undefined. */
  readFile(path: string): string | undefined;
  /** The addresses of the place with their networks, loopback left out. */
  readonly addresses: readonly Prefixed[];
  readonly hostname: string;
  /** The next random number, below 2³². */
  draw(): number;
}

/** The same place with another text in one of its files. */
export function withFile(client: DnsClient, path: string, text: string): DnsClient {
  return {
    now: () => client.now(),
    wait: (milliseconds) => client.wait(milliseconds),
    exchange: (query, to, from) => client.exchange(query, to, from),
    readFile: (name) => (name === path ? text : client.readFile(name)),
    addresses: client.addresses,
    hostname: client.hostname,
    draw: () => client.draw(),
  };
}
