/** `kubectl set` (staging:kubectl/pkg/cmd/set/set.go). */
import { defineVerb } from '../../verb.ts';
import { env } from './env.ts';
import { image } from './image.ts';
import { resources } from './resources.ts';
import { selector } from './selector.ts';
import { serviceAccount } from './service-account.ts';
import { subject } from './subject.ts';

export const set = defineVerb({
  name: 'set',
  use: 'set SUBCOMMAND',
  short: 'Set specific features on objects',
  flags: {},
  verbs: [env, image, resources, selector, serviceAccount, subject],
});
