/** The numbers of Linux on most machines (include/uapi/asm-generic/errno.h). */
const numbers: Readonly<Record<Errno, number>> = {
  EPERM: 1,
  EACCES: 13,
  EINVAL: 22,
  EMSGSIZE: 90,
  ENOPROTOOPT: 92,
  EADDRNOTAVAIL: 99,
  ENETUNREACH: 101,
  ETIMEDOUT: 110,
  ECONNREFUSED: 111,
  EHOSTUNREACH: 113,
};

export function errnoNumber(errno: Errno): number {
  return numbers[errno];
}

/** How the C libraries word errors (strerror, gai_strerror). */
import type { Libc, LookupError } from '#dataplane/resolver/libc.ts';
import type { Errno } from '#dataplane/trace/refusal.ts';

const glibc: Readonly<Record<Errno, string>> = {
  ECONNREFUSED: 'Connection refused',
  ENETUNREACH: 'Network is unreachable',
  EHOSTUNREACH: 'No route to host',
  ENOPROTOOPT: 'Protocol not available',
  EMSGSIZE: 'Message too long',
  ETIMEDOUT: 'Connection timed out',
  EINVAL: 'Invalid argument',
  EACCES: 'Permission denied',
  EPERM: 'Operation not permitted',
  EADDRNOTAVAIL: 'Cannot assign requested address',
};

const musl: Partial<Record<Errno, string>> = {
  ENETUNREACH: 'Network unreachable',
  EHOSTUNREACH: 'Host is unreachable',
  EMSGSIZE: 'Message too large',
  ETIMEDOUT: 'Operation timed out',
  EADDRNOTAVAIL: 'Address not available',
};

export function strerror(errno: Errno, libc: Libc): string {
  return (libc === 'musl' ? musl[errno] : undefined) ?? glibc[errno];
}

const lookups: Readonly<Record<Libc, Readonly<Record<LookupError, string>>>> = {
  glibc: {
    EAI_NONAME: 'Name or service not known',
    EAI_NODATA: 'No address associated with hostname',
    EAI_AGAIN: 'Temporary failure in name resolution',
    EAI_FAIL: 'Non-recoverable failure in name resolution',
  },
  musl: {
    EAI_NONAME: 'Name does not resolve',
    EAI_NODATA: 'Name has no usable address',
    EAI_AGAIN: 'Try again',
    EAI_FAIL: 'Non-recoverable error',
  },
};

/** Why a name was not found. */
export function gaiStrerror(error: LookupError | undefined, libc: Libc): string {
  return lookups[libc][error ?? 'EAI_NONAME'];
}
