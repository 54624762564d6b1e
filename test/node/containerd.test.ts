import { expect, it } from '@jest/globals';
import type { Host } from '#node/host.ts';
import { startContainerd } from '#node/containerd.ts';

it.each([
  [Date.UTC(2026, 10, 14, 10), '2026-11-14T10:00:00.031540000Z'],
  [Date.UTC(2026, 11, 31, 23, 59, 59, 980), '2027-01-01T00:00:00.011540000Z'],
])('containerd says with all digits when it has booted', (now, time) => {
  const { logs } = startContainerd({ files: new Map() } as unknown as Host, now);
  expect(logs).toEqual([`time="${time}" level=info msg="containerd successfully booted in 0.031540s"`]);
});
