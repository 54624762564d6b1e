/** What `iptables -h` prints: the synopsis of its commands. The real tool goes on with a line on every option; its manual is the place for those. */

const synopsis = [
  '-[ACD] chain rule-specification [options]',
  '-I chain [rulenum] rule-specification [options]',
  '-R chain rulenum rule-specification [options]',
  '-D chain rulenum [options]',
  '-[LS] [chain [rulenum]] [options]',
  '-[FZ] [chain] [options]',
  '-[NX] chain',
  '-E old-chain-name new-chain-name',
  '-P chain target [options]',
  '-h (print this help information)',
];

export function helpText(program: string, version: string): string {
  const usage = synopsis.map((line, i) => `${i === 0 ? 'Usage:' : '      '} ${program} ${line}\n`).join('');
  return `${program} ${version}\n\n${usage}`;
}
