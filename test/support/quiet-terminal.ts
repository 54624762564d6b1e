import type { Terminal } from '#cli/terminal.ts';
import { noTheme } from '#ui/theme.ts';

/** A terminal of 80 columns at which nobody sits; what it prints is appended to `printed`. */
export function quietTerminal(printed: string[]): Terminal {
  return {
    columns: 80,
    tableColumns: 80,
    theme: noTheme,
    interactive: false,
    print: (lines) => void printed.push(...lines),
    note: () => undefined,
  };
}
