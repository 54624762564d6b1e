/** The name at the end of the aliases in a reply. (bind9 9.18: bin/dig/dighost.c, chase_cnamechain) */
import type { Reply } from '#dataplane/dns/message.ts';
import { sameName } from '#dataplane/dns/name.ts';

export function chaseAliases(reply: Reply): string {
  let name = reply.question.name;
  for (let hops = 0; hops < reply.answer.length; hops++) {
    const alias = reply.answer.find((record) => record.type === 'CNAME' && sameName(record.name, name));
    if (alias === undefined) break;
    name = alias.data;
  }
  return name;
}

/** A name as these tools show it: without the final dot. */
export function shownName(name: string): string {
  return name === '.' ? name : name.replace(/\.$/, '');
}
