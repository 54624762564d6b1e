/** Objects that have no describer of their own: all their fields, as they are nested (kubectl: genericDescriber). */
import { valueText } from '#kube/json.ts';
import type { KubeObject } from '#kube/object.ts';
import type { Context } from './context.ts';
import { field, indented, type Lines } from './lines.ts';
import { namedInNamespace } from './metadata.ts';
import { smartLabel } from './smart-label.ts';

const elsewhere = ['.metadata.managedFields', '.metadata.name', '.metadata.namespace', '.metadata.labels', '.metadata.annotations'];

export function describeGeneric(object: KubeObject, context: Context): Lines {
  return [...namedInNamespace(object.metadata), ...contentLines(object as unknown as Content, '', context), ...context.events(object)];
}

type Content = Readonly<Record<string, unknown>>;

function isContent(value: unknown): value is Content {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Fields by name, each below the name of the field it is in. */
function contentLines(content: Content, path: string, context: Context): Lines {
  return Object.keys(content)
    .sort()
    .filter((name) => !elsewhere.includes(`${path}.${name}`) && content[name] !== undefined)
    .flatMap((name) => {
      const value = content[name];
      const label = smartLabel(name, context.has('acronyms in one piece'));
      const below = `${path}.${name}`;
      if (isContent(value)) return [`${label}:`, ...indented(1, contentLines(value, below, context))];
      if (!Array.isArray(value)) return [field(label, valueText(value))];
      const items = value.flatMap((item) => (isContent(item) ? contentLines(item, below, context) : [valueText(item)]));
      return [`${label}:`, ...indented(1, items)];
    });
}
