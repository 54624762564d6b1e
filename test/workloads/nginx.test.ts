import { describe, expect, it } from '@jest/globals';
import type { ContainerContext } from '#node/program.ts';
import { programOf } from '#workloads/index.ts';

describe('what an nginx image listens on by itself', () => {
  it.each([
    ['nginx:1.29', [80]],
    ['docker.io/library/nginx', [80]],
    ['nginxinc/nginx-unprivileged:1.29', [8080]],
    ['docker.io/nginxinc/nginx-unprivileged', [8080]],
  ])('%s: %j', (image, ports) => {
    const program = programOf(image);
    const started = program.start({
      pod: { metadata: { name: 'web', namespace: 'shop' } },
      container: { name: 'web', image },
      sandbox: { id: 'a1' },
      argv: [...program.entrypoint, ...program.cmd],
    } as unknown as ContainerContext);
    expect(started.listeners.map((one) => one.port)).toEqual(ports);
  });
});
