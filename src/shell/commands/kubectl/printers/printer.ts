/** `-o`: from a format's name to something that prints objects (staging:cli-runtime/pkg/genericclioptions/print_flags.go). */
import { marshal } from '#kube/json.ts';
import type { KubeObject } from '#kube/object.ts';
import { yamlText } from '#kube/yaml-print.ts';
import { normalize } from '#node/files.ts';
import type { Io } from '../../../command.ts';
import { bool, string, type Values } from '../flags.ts';
import { templatePrinter } from './go-template.ts';
import { jsonPathPrinter } from './jsonpath.ts';
import { namePrinter } from './name.ts';
import { KubectlError } from '../errors.ts';

/** Writes one object; what it does may depend on what it has written. Throws when an object cannot be printed. */
export interface Printer {
  print(object: KubeObject, out: (text: string) => void): void;
}

export const templateFlags = {
  'allow-missing-template-keys': bool('Leave out what a template names and an object lacks, instead of failing.', true),
  template: string('The template, or its file, for -o=go-template and -o=go-template-file.'),
};

/** The flags of commands that print what they have done. */
export const printFlags = {
  ...templateFlags,
  output: string(
    'Output format: json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json or jsonpath-file.',
    '',
    {
      shorthand: 'o',
    },
  ),
  'show-managed-fields': bool('Keep managedFields in JSON and YAML.'),
};

export type PrintFlags = Values<typeof printFlags>;

export interface PrintSettings {
  readonly flags: PrintFlags;
  readonly io: Io;
  /** What `-o name` and no format at all add to the name: `created`. */
  readonly operation?: string;
  /** Formats this command has beside the common ones, for its error's list. */
  readonly more?: readonly string[];
  /** Objects are structs: JSON keeps the order of their fields. */
  readonly typed?: boolean;
}

const common = [
  'go-template',
  'go-template-file',
  'json',
  'jsonpath',
  'jsonpath-as-json',
  'jsonpath-file',
  'name',
  'template',
  'templatefile',
  'yaml',
];
const templates = ['go-template', 'go-template-file', 'template', 'templatefile'];
const jsonPaths = ['jsonpath', 'jsonpath-as-json', 'jsonpath-file'];

/** The printer of a format; throws when there is none, or its template is wrong. */
export function printerFor(settings: PrintSettings): Printer {
  const { flags, operation = '', more = [], typed = false } = settings;
  const format = flags.output;
  switch (format.toLowerCase()) {
    case '':
      if (flags.template !== '')
        return templatePrinter({ template: flags.template, allowMissingKeys: flags['allow-missing-template-keys'] });
      return namePrinter(operation, false);
    case 'name':
      return namePrinter(operation, true);
    case 'json':
      return jsonPrinter(flags['show-managed-fields'], typed);
    case 'yaml':
      return yamlPrinter(flags['show-managed-fields']);
    default:
  }
  const { name, argument } = templateOf(format, flags.template);
  if (templates.includes(name)) {
    return templatePrinter({
      template: textOf(name.endsWith('file'), argument, settings.io),
      allowMissingKeys: flags['allow-missing-template-keys'],
    });
  }
  if (jsonPaths.includes(name)) {
    return jsonPathPrinter({
      template: textOf(name === 'jsonpath-file', argument, settings.io),
      allowMissingKeys: flags['allow-missing-template-keys'],
      asJson: name === 'jsonpath-as-json',
    });
  }
  throw noPrinter(format, more);
}

/** `jsonpath={.kind}`, or `jsonpath` with --template. */
export function templateOf(format: string, template: string): { readonly name: string; readonly argument: string } {
  const equals = format.indexOf('=');
  return equals < 0 ? { name: format, argument: template } : { name: format.slice(0, equals), argument: format.slice(equals + 1) };
}

export function noPrinter(format: string, more: readonly string[]): Error {
  return new KubectlError(
    `unable to match a printer suitable for the output format ${JSON.stringify(format)}, allowed formats are: ${[...common, ...more].sort().join(',')}`,
  );
}

function textOf(isFile: boolean, argument: string, io: Io): string {
  if (argument === '') throw new KubectlError('template format specified but no template given');
  if (!isFile) return argument;
  const text = io.files.read(normalize(argument, io.cwd));
  if (text === undefined) throw new KubectlError(`error reading --template ${argument}, open ${argument}: no such file or directory`);
  return text;
}

/** managedFields are for machines (printers.OmitManagedFieldsPrinter). */
export function withoutManagedFields(object: KubeObject): KubeObject {
  const { items } = object as { readonly items?: readonly KubeObject[] };
  if (Array.isArray(items)) return { ...object, items: items.map(withoutManagedFields) } as unknown as KubeObject;
  if (object.metadata?.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function jsonPrinter(showManagedFields: boolean, typed: boolean): Printer {
  return {
    print: (object, out) =>
      out(`${marshal(showManagedFields ? object : withoutManagedFields(object), { indent: '    ', ordered: typed })}\n`),
  };
}

function yamlPrinter(showManagedFields: boolean): Printer {
  let printed = 0;
  return {
    print: (object, out) => {
      if (printed++ > 0) out('---\n');
      out(yamlText(showManagedFields ? object : withoutManagedFields(object)));
    },
  };
}
