import { choice } from './choice/choice.ts';
import { command } from './command/command.ts';
import { fix } from './fix/fix.ts';
import { input } from './input/input.ts';
import { manifest } from './manifest/manifest.ts';
import { multi } from './multi/multi.ts';
import { order } from './order/order.ts';
import { predict } from './predict/predict.ts';

/** Every kind of question, in the order of the documentation. */
export const questionKinds = { choice, multi, input, command, order, predict, manifest, fix } as const;
