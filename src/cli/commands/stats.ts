import { statisticsOf } from '#learn/statistics.ts';
import { statisticsView } from '#ui/statistics-view.ts';
import { textColumns } from '#ui/text.ts';
import { exitCodes } from '../failure.ts';
import { Keeper } from '../keeper.ts';
import { keyOf } from '../quiz/quiz.ts';
import { itemsOf } from '../quiz/selection.ts';
import { readLibrary } from '../read-scenario.ts';
import { openTerminal } from '../terminal.ts';

interface StatsOptions {
  readonly output?: string;
  readonly plain?: boolean;
  readonly color?: boolean;
}

/** `cka-net stats`: how one is doing. */
export async function stats({ output, plain, color }: StatsOptions): Promise<number> {
  const terminal = openTerminal({ color, plain });
  const scenarios = (await readLibrary()).scenarios;
  const catalogue = itemsOf(scenarios).map((item) => ({ key: keyOf(item), topic: item.scenario.topic }));
  const statistics = statisticsOf(new Keeper(true, terminal).entries, catalogue, Date.now(), localDay);
  terminal.print(
    output === 'json'
      ? [JSON.stringify(statistics, undefined, 2)]
      : statisticsView(statistics, { columns: textColumns(terminal.columns), theme: terminal.theme }),
  );
  return exitCodes.ok;
}

/** The calendar day where this computer is. */
function localDay(time: number): number {
  return Math.floor((time - new Date(time).getTimezoneOffset() * 60_000) / 86_400_000);
}
