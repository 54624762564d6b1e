import { byDialect } from '../../network/dialect.ts';
import { busyboxNc } from './busybox.ts';
import { openbsdNc } from './nc.ts';

export const nc = byDialect('nc', openbsdNc, busyboxNc);
export const netcat = byDialect('netcat', openbsdNc, busyboxNc);
