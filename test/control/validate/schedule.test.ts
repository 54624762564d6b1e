import { expect, it } from '@jest/globals';
import { scheduleProblem } from '#control/validate/schedule.ts';

const rows: [schedule: string, problem: string | undefined][] = [
  ['*/5 * * * *', undefined],
  ['0 0 1,15 jan-jun mon', undefined],
  ['@daily', undefined],
  ['@every 1h30m', undefined],
  ['TZ=UTC 0 0 * * *', undefined],
  ['', 'empty spec string'],
  ['daily', 'expected exactly 5 fields, found 1: [daily]'],
  ['60 * * * *', 'end of range (60) above maximum (59): 60'],
  ['* 24 * * *', 'end of range (24) above maximum (23): 24'],
  ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
  ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'],
  ['*/0 * * * *', 'step of range should be a positive number: */0'],
  ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
  ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
  ['*/2/3 * * * *', 'too many slashes: */2/3'],
  ['@sometimes', 'unrecognized descriptor: @sometimes'],
];
it.each(rows)('%s: %s', (schedule, problem) => expect(scheduleProblem(schedule)).toBe(problem));
