import { byDialect } from '../../network/dialect.ts';
import { busyboxPing } from './busybox.ts';
import { ping as iputilsPing } from './ping.ts';

export const ping = byDialect('ping', iputilsPing, busyboxPing);
export const ping6 = byDialect(
  'ping6',
  (args, io, here) => iputilsPing(args, io, here, 'IPv6'),
  (args, io, here) => busyboxPing(args, io, here, 'IPv6'),
);
