/** Answers unreliably, for tests of clients. (coredns: plugin/erratic) */
import { replyTo } from '../../../dns/message.ts';
import { CorefileError } from '../../corefile/dispenser.ts';
import { millisecond, parseDuration } from '../../go/duration.ts';
import { parseUint } from '../../go/number.ts';
import { written, type CorednsPlugin, type Setup } from '../../plugin.ts';

interface Settings {
  /** One of so many; 0 for never. */
  drop: number;
  delay: number;
  truncate: number;
  /** Milliseconds. */
  duration: number;
}

export const erratic: CorednsPlugin = {
  name: 'erratic',
  setup(setup) {
    const settings: Settings = { drop: 2, delay: 0, truncate: 0, duration: 100 };
    while (setup.next()) while (setup.nextBlock()) parseOption(setup, settings);
    let count = 0;
    setup.add({
      name: 'erratic',
      serve(request) {
        const number = count++;
        const hit = (every: number) => every > 0 && number % every === 0;
        if (hit(settings.drop)) return { rcode: 'NOERROR' };
        if (hit(settings.delay)) request.call.elapsed += settings.duration;
        const { name, type } = request.query.question;
        if (type !== 'A' && type !== 'AAAA') return { rcode: 'SERVFAIL' };
        const reply = replyTo(request.query, 'erratic');
        const record = { name, ttl: 0, class: 'IN', type, data: type === 'A' ? '192.0.2.53' : '2001:db8::53' } as const;
        return written({ ...reply, flags: { ...reply.flags, aa: true, tc: hit(settings.truncate) }, answer: [record] });
      },
    });
  },
};

function parseOption(setup: Setup, settings: Settings): void {
  const option = setup.word();
  if (option === 'large') return;
  if (option !== 'drop' && option !== 'delay' && option !== 'truncate') throw setup.error(`unknown property '${option}'`);
  const [amount, duration, ...more] = setup.remainingArgs();
  if (more.length > 0 || (option !== 'delay' && duration !== undefined)) throw setup.argumentError();
  settings[option] = 2;
  if (amount !== undefined) {
    const value = parseUint(amount, 32);
    if (!value.ok) {
      if (amount.startsWith('-')) throw new CorefileError(`illegal amount value given "${amount}"`);
      throw new CorefileError(value.error.replace('ParseUint', 'ParseInt'));
    }
    settings[option] = value.value;
  }
  if (duration !== undefined) {
    const value = parseDuration(duration);
    if (!value.ok) throw new CorefileError(value.error);
    settings.duration = value.value / millisecond;
  }
}
