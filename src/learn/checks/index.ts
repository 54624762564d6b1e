import { absent } from './absent/absent.ts';
import { connect } from './connect/connect.ts';
import { file } from './file/file.ts';
import { object } from './object/object.ts';
import { resolve } from './resolve/resolve.ts';
import { run } from './run/run.ts';

/** Every kind of check, in the order of the documentation. */
export const checkKinds = { connect, object, absent, resolve, run, file } as const;
