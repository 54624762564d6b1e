/** What differs between the releases of openssl: dates, spellings, and the lines of its source that errors name. */
import { stream } from '#kube/chance.ts';
import type { Here } from '../../command.ts';
import { userlandAt } from '../../network/dialect.ts';

export interface Release {
  readonly version: string;
  readonly date: string;
  /** `CN = x`; since 3.2 `CN=x`. */
  readonly equals: string;
  /** Where BIO_connect says why connect() failed, and that it did (crypto/bio/bio_sock2.c). */
  readonly connectLines: readonly [number, number];
  /** providers/implementations/storemgmt/file_store.c, file_open. */
  readonly statLine: number;
  /** crypto/store/store_result.c, ossl_store_handle_load_result. */
  readonly resultLine: number;
  /** ssl/record/ssl3_record.c, ssl3_get_record. */
  readonly recordLine: number;
  /** crypto/bio/bio_addr.c, BIO_lookup_ex. */
  readonly lookupLine: number;
}

const newest3: Omit<Release, 'version' | 'date'> = {
  equals: ' = ',
  connectLines: [117, 119],
  statLine: 266,
  resultLine: 149,
  recordLine: 350,
  lookupLine: 746,
};

const releases: readonly Release[] = [
  {
    ...newest3,
    version: '3.0.2',
    date: '15 Mar 2022',
    connectLines: [125, 127],
    statLine: 269,
    resultLine: 151,
    recordLine: 354,
    lookupLine: 738,
  },
  {
    ...newest3,
    version: '3.0.13',
    date: '30 Jan 2024',
    connectLines: [114, 116],
    statLine: 267,
    resultLine: 151,
    recordLine: 354,
    lookupLine: 738,
  },
  { ...newest3, version: '3.0.19', date: '27 Jan 2026' },
  { ...newest3, version: '3.5.4', date: '30 Sep 2025', equals: '=', connectLines: [178, 180], lookupLine: 767 },
];

export function releaseAt(here: Here): Release {
  const version = userlandAt(here).releases.openssl.slice('OpenSSL/'.length);
  return releases.find((one) => one.version === version) ?? releases.at(-1)!;
}

/** What is in the error queue, as ERR_print_errors shows it: each line begins with the thread's number. */
export class ErrorQueue {
  readonly #thread: string;
  readonly #lines: string[] = [];

  constructor({ lab, place }: Here) {
    const draw = stream(`${lab.snapshot.cluster.seed}/openssl/${place.node}/${lab.now}`);
    const middle = Array.from({ length: 3 }, () => (draw() & 0xff).toString(16).padStart(2, '0'));
    this.#thread = `40${(draw() & 0xf).toString(16)}7${middle.join('')}7F0000`.toUpperCase();
  }

  /** `code` and what follows it. */
  add(code: string, words: string): this {
    this.#lines.push(`${this.#thread}:error:${code}:${words}\n`);
    return this;
  }

  toString(): string {
    return this.#lines.join('');
  }
}
