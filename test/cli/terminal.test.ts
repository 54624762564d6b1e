import { describe, expect, it } from '@jest/globals';
import { colorsOf, columnsOf } from '#cli/terminal.ts';

describe('colours', () => {
  it.each([
    ['a pipe', false, {}, true, 0],
    ['NO_COLOR', true, { NO_COLOR: '1' }, true, 0],
    ['an empty NO_COLOR counts as unset', false, { NO_COLOR: '', FORCE_COLOR: '1' }, true, 1],
    ['--no-color', true, { FORCE_COLOR: '3' }, false, 0],
    ['NO_COLOR against FORCE_COLOR', true, { NO_COLOR: '1', FORCE_COLOR: '1' }, true, 0],
    ['FORCE_COLOR in a pipe', false, { FORCE_COLOR: '2' }, true, 2],
    ['FORCE_COLOR=true', false, { FORCE_COLOR: 'true' }, true, 1],
    ['FORCE_COLOR=0', true, { FORCE_COLOR: '0' }, true, 0],
    ['a dumb terminal', true, { TERM: 'dumb' }, true, 0],
  ] as const)('%s', (_, isTty, env, color, want) => expect(colorsOf(isTty, env, color)).toBe(want));
});

describe('the width', () => {
  it.each([
    [120, {}, 120],
    [undefined, {}, 80],
    [undefined, { COLUMNS: '100' }, 100],
    [undefined, { COLUMNS: 'x' }, 80],
    [3, {}, 20],
  ])('%s %j', (window, env, want) => expect(columnsOf(window, env)).toBe(want));
});
