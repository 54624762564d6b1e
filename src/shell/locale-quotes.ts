/** A text between the quotation marks of the locale, as GNU programs name things in their messages (gnulib quotearg.c, locale_quoting_style). */
export function localeQuoted(env: ReadonlyMap<string, string>, text: string): string {
  const locale = env.get('LC_ALL') || env.get('LC_MESSAGES') || env.get('LANG') || 'C';
  return /utf-?8/i.test(locale) ? `‘${text}’` : `'${text}'`;
}
