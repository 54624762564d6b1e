/** The controller's validating webhook. (internal/admission/controller; internal/ingress/controller/controller.go, CheckIngress; internal/ingress/inspector) */
import { annotationPrefix, Annotations } from '#dataplane/ingress/annotations.ts';
import { classOf } from '#dataplane/ingress/classes.ts';
import { configure } from '#dataplane/ingress/configuration.ts';
import type { Configuration } from '#dataplane/ingress/model.ts';
import { quote } from '#kube/json.ts';
import { IngressClass } from '#kube/kinds/ingress-class.ts';
import { type Ingress } from '#kube/kinds/ingress.ts';
import type { AdmissionRequest, AdmissionResponse, ContainerContext } from '#node/program.ts';
import { flagsOf, type Flags } from './flags.ts';
import { ControllerLog } from './log.ts';
import { globalOf, servedIngresses } from './state.ts';

export function reviewIngress(context: ContainerContext, { object }: AdmissionRequest): AdmissionResponse {
  const log = new ControllerLog(context.now, `${context.sandbox.id}/review`);
  const ingress = object as Ingress;
  const key = `${ingress.metadata.namespace!}/${ingress.metadata.name}`;
  if (ingress.metadata.deletionTimestamp !== undefined) return { warnings: [], logs: [] };
  const paths = pathProblems(ingress);
  const message = objection(context, ingress, paths, log);
  if (message === undefined) log.info('main.go:107', 'successfully validated configuration, accepting', [['ingress', key]]);
  else
    log.error('main.go:96', 'invalid ingress configuration', [
      ['err', { text: message.includes('\n') ? `<\n\t${message.replaceAll('\n', '\n\t')}\n >` : quote(message) }],
      ['ingress', key],
    ]);
  return { ...(message !== undefined && { message }), warnings: paths, logs: log.lines.map((line) => line.text) };
}

function objection(context: ContainerContext, ingress: Ingress, paths: readonly string[], log: ControllerLog): string | undefined {
  const flags = flagsOf(context.argv);
  const { objects } = context.change;
  const { namespace, name } = ingress.metadata;
  const of = classOf(ingress, objects.list(IngressClass), flags.classes);
  if (!of.ok) {
    log.plain('W', 'controller.go:336', `ignoring ingress ${name} in ${namespace!} based on annotation : ${of.error}`);
    return undefined;
  }
  if (flags.watchNamespace !== '' && namespace !== flags.watchNamespace) return undefined;
  const global = globalOf(objects, flags);
  if (global.strictPathType && paths.length > 0) return `ingress contains invalid paths: ${paths.join('\n')}`;
  for (const [key, value] of Object.entries(ingress.metadata.annotations ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const word = key.startsWith(`${annotationPrefix}/`) ? global.wordBlocklist.find((one) => value.includes(one)) : undefined;
    if (word !== undefined) return `${key} annotation contains invalid word ${word}`;
    if (!global.allowSnippets && key.endsWith('-snippet'))
      return `${key} annotation cannot be used. Snippet directives are disabled by the Ingress administrator`;
  }
  const { refusal } = new Annotations(ingress, global);
  return refusal ?? overlap(context, flags, ingress);
}

/** Paths of the two strict types may hold only the plainest characters. (inspector.ValidatePathType) */
function pathProblems({ spec }: Ingress): readonly string[] {
  return (spec.rules ?? []).flatMap(({ http }) =>
    (http?.paths ?? []).flatMap(({ path = '', pathType }) =>
      (pathType === 'Exact' || pathType === 'Prefix') && path !== '' && !/^\/[A-Za-z0-9_\-/]*$/.test(path)
        ? [`path ${path} cannot be used with pathType ${pathType}`]
        : [],
    ),
  );
}

/** Hosts and paths are one Ingress's, but for canaries. (checkOverlap) */
function overlap(context: ContainerContext, flags: Flags, ingress: Ingress): string | undefined {
  const { objects } = context.change;
  const isSame = ({ metadata }: Ingress) => metadata.namespace === ingress.metadata.namespace && metadata.name === ingress.metadata.name;
  const others = servedIngresses(objects, flags).filter((one) => !isSame(one));
  const all = [...others, ingress];
  const { configuration } = configure({ objects, ingresses: all, global: globalOf(objects, flags), fakeCertificate: '' });
  const canaryOf = ({ metadata }: Ingress) => metadata.annotations?.[`${annotationPrefix}/canary`];
  for (const { host = '', http } of ingress.spec.rules ?? []) {
    for (const { path = '', backend } of http?.paths ?? []) {
      if (backend.service === undefined) continue;
      const [hostname, wanted] = [host === '' ? '_' : host, path === '' ? '/' : path];
      const holders = ingressesAt(configuration, hostname, wanted).flatMap((key) =>
        all.filter((one) => `${one.metadata.namespace!}/${one.metadata.name}` === key),
      );
      if (holders.length === 0) continue;
      if (holders.some(isSame)) return undefined;
      for (const holder of holders) {
        const both = canaryOf(ingress) === 'true' && canaryOf(holder) === 'true';
        const neither = canaryOf(ingress) === undefined && canaryOf(holder) === undefined;
        if (both || neither)
          return `host "${hostname}" and path "${wanted}" is already defined in ingress ${holder.metadata.namespace!}/${holder.metadata.name}`;
      }
      return undefined;
    }
  }
  return undefined;
}

function ingressesAt({ servers }: Configuration, hostname: string, path: string): readonly string[] {
  const locations = servers.find((server) => server.hostname === hostname)?.locations ?? [];
  return locations
    .filter((one) => one.path === path && !one.isDefault && one.ingress !== undefined)
    .map(({ ingress }) => `${ingress!.namespace}/${ingress!.name}`);
}
