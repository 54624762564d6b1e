import { cidr } from './cidr.ts';
import { ip } from './ip.ts';
import { name } from './name.ts';
import { number } from './number.ts';
import { path } from './path.ts';
import { port } from './port.ts';
import { text } from './text.ts';

/** Every kind of answer; the first that recognises a computed value is taken where a question does not say. */
export const answerKinds = [ip, cidr, port, number, path, name, text] as const;
