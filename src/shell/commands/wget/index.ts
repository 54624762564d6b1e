import { byDialect } from '../../network/dialect.ts';
import { busyboxWget } from './busybox.ts';
import { gnuWget } from './wget.ts';

export const wget = byDialect('wget', gnuWget, busyboxWget);
