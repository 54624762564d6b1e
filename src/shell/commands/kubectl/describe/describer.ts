/** What `kubectl describe` needs of a kind's describer; registry.ts lists them. */
import type { Client } from '../client.ts';
import type { RestMapping } from '../discovery.ts';

export interface DescribeOptions {
  readonly showEvents: boolean;
  /** The simulated time, Unix milliseconds: ages are counted from it. */
  readonly now: number;
}

/**
 * The text about one object, ending in a newline. Throws `ApiError` when a request fails (an object that is not there).
 * (kubectl: pkg/describe/describe.go, ResourceDescriber)
 */
export type Describer = (client: Client, mapping: RestMapping, namespace: string, name: string, options: DescribeOptions) => string;

/** Describers by `Kind` of the core group, or `Kind.group`. A kind that has none gets the generic one. */
export type Describers = Readonly<Record<string, Describer>>;
