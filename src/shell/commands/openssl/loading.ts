/** Files that openssl reads and writes, and what it says when it cannot. (OpenSSL: apps/lib/apps.c) */
import { normalize } from '#node/files.ts';
import type { Here, Io } from '../../command.ts';
import { parseCertificates, privateModulus, type Certificate } from '#net/x509.ts';
import { ErrorQueue, releaseAt } from './release.ts';

export type Loaded = { readonly certificates: readonly [Certificate, ...Certificate[]] } | { readonly problem: string };

const isPem = /-----BEGIN ([A-Z0-9 ]+)-----[^]*-----END \1-----/;

/** The text of a file, or of stdin; the problem, in openssl's words, where there is no such file. `what` is what the file is for. */
function loadText(here: Here, io: Io, path: string | undefined, what: string): string | { readonly problem: string } {
  if (path === undefined) return io.stdin;
  const absolute = normalize(path, io.cwd);
  const text = io.files.read(absolute);
  if (text !== undefined || io.files.stat(absolute) !== undefined) return text ?? '';
  const { statLine } = releaseAt(here);
  const stat = `../providers/implementations/storemgmt/file_store.c:${statLine}:calling stat(${path})`;
  const queue = new ErrorQueue(here)
    .add('16000069', 'STORE routines:ossl_store_get0_loader_int:unregistered scheme:../crypto/store/store_register.c:237:scheme=file')
    .add('80000002', `system library:file_open:No such file or directory:${stat}`);
  return { problem: `Could not open file or uri for loading ${what} from ${path}\n${queue.toString()}` };
}

/** The certificates of a file, or of stdin (load_key_certs_crls). */
export function loadCertificates(here: Here, io: Io, path: string | undefined, what: string): Loaded {
  const text = loadText(here, io, path, what);
  if (typeof text !== 'string') return text;
  const [first, ...more] = parseCertificates(text);
  if (first !== undefined) return { certificates: [first, ...more] };
  const queue = new ErrorQueue(here);
  if (isPem.test(text)) {
    const { resultLine } = releaseAt(here);
    queue.add('1608010C', `STORE routines:ossl_store_handle_load_result:unsupported:../crypto/store/store_result.c:${resultLine}:`);
  }
  return { problem: `Could not read ${what} from ${path ?? '<stdin>'}\n${queue.toString()}` };
}

/** The private key of a file, in PEM. */
export function loadKey(here: Here, io: Io, path: string, what: string): { readonly pem: string } | { readonly problem: string } {
  const text = loadText(here, io, path, what);
  if (typeof text !== 'string') return text;
  return privateModulus(text) === undefined ? { problem: `Could not read ${what} from ${path}\n` } : { pem: text };
}

/** The authorities of `-CAfile`, read as the certificates of a verification are (crypto/x509/by_file.c). */
export function loadAuthorities(here: Here, io: Io, path: string): readonly Certificate[] | { readonly problem: string } {
  const text = io.files.read(normalize(path, io.cwd));
  if (text === undefined) {
    const queue = new ErrorQueue(here)
      .add('80000002', `system library:BIO_new_file:No such file or directory:../crypto/bio/bss_file.c:67:calling fopen(${path}, r)`)
      .add('10000080', 'BIO routines:BIO_new_file:no such file:../crypto/bio/bss_file.c:75:')
      .add('05880002', 'x509 certificate routines:X509_load_cert_crl_file_ex:system lib:../crypto/x509/by_file.c:229:');
    return { problem: queue.toString() };
  }
  const found = parseCertificates(text);
  if (found.length > 0) return found;
  const queue = new ErrorQueue(here).add(
    '05880088',
    'x509 certificate routines:X509_load_cert_crl_file_ex:no certificate or crl found:../crypto/x509/by_file.c:251:',
  );
  return { problem: queue.toString() };
}

/** Writes a file where its directory is there; otherwise the reason, in the words of errno. */
export function save(io: Io, file: string, content: string): 'No such file or directory' | 'Permission denied' | undefined {
  const path = normalize(file, io.cwd);
  if (path === '/dev/null') return undefined;
  const folder = io.files.stat(path.replace(/\/[^/]*$/, '') || '/');
  if (folder?.kind !== 'directory' && folder?.kind !== 'symlink') return 'No such file or directory';
  try {
    io.files.write(path, content);
  } catch {
    return 'Permission denied';
  }
  return undefined;
}
