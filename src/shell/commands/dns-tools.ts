/** The programs that ask the DNS, at the places of the terminal. */
import { dnsClientAt, nslookupAt } from '../network/dns.ts';
import { userlandAt } from '../network/dialect.ts';
import { digCommand } from './dig/dig.ts';
import { getentCommand } from './getent/getent.ts';
import { hostCommand } from './host/host.ts';
import { nslookupCommand } from './nslookup/nslookup.ts';

export const dig = digCommand(dnsClientAt);
export const host = hostCommand(dnsClientAt);
export const nslookup = nslookupCommand(dnsClientAt, nslookupAt);
export const getent = getentCommand(dnsClientAt, (_io, here) => userlandAt(here).libc);
