import { goSyntax, marshal } from '#kube/json.ts';
import { parseJsonPath } from '#kube/jsonpath.ts';
import type { Printer } from './printer.ts';
import { KubectlError } from '../errors.ts';

export interface JsonPathSettings {
  readonly template: string;
  readonly allowMissingKeys: boolean;
  readonly asJson: boolean;
}

/** `-o jsonpath=…` (staging:cli-runtime/pkg/printers/jsonpath.go). Throws when the template cannot be parsed. */
export function jsonPathPrinter({ template, allowMissingKeys, asJson }: JsonPathSettings): Printer {
  const parsed = parseJsonPath(template, { allowMissingKeys });
  if (!parsed.ok) throw new KubectlError(`error parsing jsonpath ${template}, ${parsed.error}`);
  const path = parsed.value;
  return {
    print: (object, out) => {
      const found = asJson ? path.find(object) : path.print(object);
      if (!found.ok) {
        throw new KubectlError(
          `error executing jsonpath ${JSON.stringify(template)}: Error executing template: ${found.error}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t${template}\n\tobject given to jsonpath engine was:\n\t\t${goSyntax(object)}\n\n\n`,
        );
      }
      out(typeof found.value === 'string' ? found.value : found.value.map((values) => `${marshal(values, { indent: '    ' })}\n`).join(''));
    },
  };
}
