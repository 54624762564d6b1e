import { readdirSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { checkSession } from './support/session.ts';

const directory = new URL('./sessions/', import.meta.url).pathname;
const sessions = readdirSync(directory).filter((name) => name.endsWith('.session'));

it.each(sessions)('%s', async (name) => {
  const { expected, actual } = await checkSession(directory + name);
  expect(actual).toBe(expected);
});
