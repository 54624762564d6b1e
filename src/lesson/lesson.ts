/** A scenario brought to life: the cluster came up, it was broken, and a learner sits at its terminal. */
import { nodeName } from '#kube/names.ts';
import type { KubeObject } from '#kube/object.ts';
import { fail, ok, type Result } from '#kube/status.ts';
import type { Grounds } from '#lab/bring-up/grounds.ts';
import { clockOf, startCluster, type StartInput } from '#lab/bring-up/start.ts';
import type { ClusterSettings } from '#lab/bring-up/settings.ts';
import type { Lab } from '#lab/lab.ts';
import { programsOf } from '#lab/programs.ts';
import { resumeLab, saveLab, type SavedLab } from '#lab/saved.ts';
import type { LiveCluster } from '#learn/live-cluster.ts';
import { environmentOf } from '#node/kubelet/container-environment.ts';
import type { Snapshot } from '#node/snapshot.ts';
import type { Problem } from '#scenario/problem.ts';
import type { Scenario } from '#scenario/scenario.ts';
import { defaultNodes } from '#scenario/schema.ts';
import { parseTime } from '#kube/time.ts';
import type { Command, Output, Place } from '#shell/command.ts';
import { commands } from '#shell/commands/index.ts';
import { controlPlaneOf, specAt } from '#shell/place.ts';
import { Shell, type ShellOptions } from '#shell/shell.ts';
import { breakCluster } from './break-cluster.ts';
import { liveCluster } from './live-cluster.ts';
import { refusalProblems } from './refusal.ts';

export interface LessonOptions {
  /** Decides names, addresses and every other choice; `0` when absent. */
  readonly seed?: string;
  /** What this process knows of clusters that came up before. */
  readonly grounds?: Grounds;
}

export interface RunOptions {
  /** The node to run on; the control plane when absent. */
  readonly node?: string;
  readonly stdin?: string;
}

/** What a session at the lesson's terminal is opened with. */
export interface SessionOptions extends Pick<ShellOptions, 'tty' | 'edit' | 'screen' | 'history'> {
  /** Programs that take the place of the terminal's own of the same name. */
  readonly programs?: readonly Command[];
}

export class Lesson {
  readonly scenario: Scenario;
  readonly lab: Lab;
  readonly seed: string;
  /** As the learner first met it. */
  readonly start: Snapshot;
  readonly cluster: LiveCluster;

  /** `start`: how the learner first met it, when that is not as the lab is now. */
  constructor(scenario: Scenario, lab: Lab, seed: string, start: Snapshot = lab.snapshot) {
    this.scenario = scenario;
    this.lab = lab;
    this.seed = seed;
    this.start = start;
    this.cluster = liveCluster(lab, this.start, (line, options) => this.run(line, options));
  }

  /** Opens a shell that keeps its directory, variables and history of hosts. */
  open({ programs = [], ...options }: SessionOptions = {}, place?: Place): Shell {
    return new Shell(
      {
        ...options,
        lab: this.lab,
        commands:
          programs.length === 0 ? commands : [...programs, ...commands.filter(({ name }) => programs.every((one) => one.name !== name))],
        programsAt: (at) => this.#programsAt(at),
        environmentAt: (at) => this.#environmentAt(at),
      },
      place ?? controlPlaneOf(this.lab),
    );
  }

  /** Runs shell text in a fresh shell of root; what it changes in the cluster stays. */
  run(line: string, options: RunOptions = {}): Promise<Output> {
    return this.#at(options.node).run(line, { stdin: options.stdin ?? '' });
  }

  /** Runs one program with its arguments as they are. */
  runArgv(argv: readonly string[], options: RunOptions = {}): Promise<Output> {
    return this.#at(options.node).runArgv(argv, { stdin: options.stdin ?? '' });
  }

  /** Lets the commands of containers go on that nobody is attached to; `changed`: those that try again and again may find something new. */
  carryOn(changed = false): Promise<void> {
    return this.open().carryOn(changed);
  }

  /** Puts everything back as the learner first met it. */
  reset(): void {
    this.lab.restore(this.start);
  }

  #at(node: string | undefined): Shell {
    return this.open({}, node === undefined ? undefined : { kind: 'node', node: nodeName(node) });
  }

  #programsAt(place: Place): 'all' | ReadonlySet<string> {
    if (place.kind === 'node') return 'all';
    const found = specAt(this.lab, place);
    return found === undefined ? new Set() : programsOf(found.container.image ?? '');
  }

  #environmentAt(place: Place): ReadonlyMap<string, string> {
    if (place.kind === 'node') return new Map();
    const { cluster, hosts } = this.lab.snapshot;
    const found = specAt(this.lab, place);
    const sandbox = hosts.get(place.node)?.sandboxes.get(place.podUid);
    return found === undefined || sandbox === undefined
      ? new Map()
      : environmentOf({ objects: cluster, hosts }, found.pod, found.container, sandbox);
  }
}

/**
 * Brings a scenario to life. The problems are those of the author: an object that the API server refuses, a line of `break` that fails;
 * each with its place in the file.
 */
export async function startLesson(scenario: Scenario, options: LessonOptions = {}): Promise<Result<Lesson, readonly Problem[]>> {
  const seed = options.seed ?? '0';
  const objects = objectsOf(scenario);
  const clock = clockOf({ objects, ...(scenario.clock !== undefined && { clock: parseTime(scenario.clock) }) });
  const files = scenario.files.map(({ path, content, node }) => ({ path, content, ...(node !== undefined && { node }) }));
  const { lab, refusals } = startCluster({ settings: settingsOf(scenario), objects, files, clock, seed }, options.grounds);
  if (refusals.length > 0) return fail(refusals.flatMap(({ index, status }) => refusalProblems(scenario.objects[index]!, status)));
  const lesson = new Lesson(scenario, lab, seed);
  const broken = await breakCluster(lesson);
  if (broken !== undefined) return fail([broken]);
  if (lab.now < clock) lab.advance(clock - lab.now);
  return ok(new Lesson(scenario, lab, seed));
}

/** A lesson as it is now, as plain data: {@link resumeLesson} goes on with it in another process of the same build. */
export function saveLesson({ lab }: Lesson): SavedLab {
  return saveLab(lab);
}

/**
 * A lesson that was saved, from the same scenario and seed; undefined when it has to start anew. One that was saved later than at its
 * start needs to be told how it started.
 */
export function resumeLesson(scenario: Scenario, saved: SavedLab, start?: Snapshot): Lesson | undefined {
  const lab = resumeLab(saved, { settings: settingsOf(scenario), objects: objectsOf(scenario) });
  return lab && new Lesson(scenario, lab, saved.seed, start);
}

function objectsOf(scenario: Scenario): StartInput['objects'] {
  return scenario.objects.map((written) => written.object as unknown as KubeObject);
}

function settingsOf({ cluster }: Scenario): ClusterSettings {
  return {
    kubernetesVersion: cluster.kubernetesVersion,
    podSubnet: cluster.networking.podSubnet,
    serviceSubnet: cluster.networking.serviceSubnet,
    dnsDomain: cluster.networking.dnsDomain,
    nodeCIDRMaskSize: cluster.nodeCIDRMaskSize,
    nodeCIDRMaskSizeIPv6: cluster.nodeCIDRMaskSizeIPv6,
    serviceNodePortRange: cluster.serviceNodePortRange,
    kubeProxy: cluster.kubeProxy,
    cni: cluster.cni,
    ...(cluster.network !== undefined && { network: cluster.network }),
    nodes: cluster.nodes.map((node, i) => ({
      name: node.name,
      controlPlane: (node.roles ?? []).includes('control-plane'),
      addresses: node.addresses ?? [`172.30.${i + 1}.2`],
      ...(node.podCIDRs !== undefined && { podCIDRs: node.podCIDRs }),
      ...(node.labels !== undefined && { labels: node.labels }),
    })),
    ...(cluster.nodes === defaultNodes && { nodesAreUsual: true }),
    addons: cluster.addons,
    missingImages: cluster.missingImages,
    ...(cluster.outsideNames !== undefined && { outsideNames: cluster.outsideNames }),
  };
}
