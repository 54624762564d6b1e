/**
 * The rooms of `src/` and whom each may know. ESLint (`eslint.config.js`) and `test/architecture.test.ts` read this one table.
 *
 * `rooms`: which other rooms a room imports from. `packages`: which npm packages. `machine`: whether it may touch this computer
 * (`node:*`, the clock, randomness). Everything but `cli` runs unchanged in a browser.
 */
export const rooms = {
  net: { rooms: [], packages: ['ipaddr.js', '@noble/hashes'] },
  kube: { rooms: ['net'], packages: ['zod', 'js-yaml'] },
  control: { rooms: ['net', 'kube'], packages: [] },
  node: { rooms: ['net', 'kube'], packages: ['js-yaml'] },
  dataplane: { rooms: ['net', 'kube', 'node'], packages: [] },
  workloads: { rooms: ['net', 'kube', 'node', 'dataplane'], packages: [] },
  lab: { rooms: ['net', 'kube', 'control', 'node', 'dataplane', 'workloads'], packages: [] },
  apiserver: { rooms: ['net', 'kube', 'control', 'lab'], packages: ['js-yaml'] },
  shell: { rooms: ['net', 'kube', 'node', 'dataplane', 'lab', 'apiserver'], packages: ['just-bash', 'jq-wasm', 'js-yaml'] },
  learn: { rooms: ['net', 'kube', 'dataplane', 'lab'], packages: ['zod', 'ts-fsrs'] },
  scenario: { rooms: ['net', 'kube', 'lab', 'learn'], packages: ['zod', 'js-yaml'] },
  lesson: { rooms: ['net', 'kube', 'lab', 'shell', 'learn', 'scenario', 'apiserver', 'dataplane', 'node'], packages: [] },
  ui: { rooms: ['net', 'kube', 'dataplane', 'learn', 'scenario', 'lesson'], packages: ['chalk', 'cli-table3'] },
  cli: {
    rooms: ['net', 'kube', 'control', 'node', 'dataplane', 'workloads', 'lab', 'apiserver', 'shell', 'learn', 'scenario', 'lesson', 'ui'],
    packages: ['commander', 'inquirer', 'ws', 'dns-packet', 'just-bash', 'chalk'],
    machine: true,
  },
};
