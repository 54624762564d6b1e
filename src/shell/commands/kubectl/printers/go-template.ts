import { marshal, valueText } from '#kube/json.ts';
import { executeTemplate } from './go-template/execute.ts';
import { parseTemplate } from './go-template/parse.ts';
import type { Printer } from './printer.ts';
import { KubectlError } from '../errors.ts';

export interface TemplateSettings {
  readonly template: string;
  readonly allowMissingKeys: boolean;
}

/** `-o go-template=…` (staging:cli-runtime/pkg/printers/template.go). Throws when the template cannot be parsed. */
export function templatePrinter({ template, allowMissingKeys }: TemplateSettings): Printer {
  const parsed = parseTemplate('output', template);
  if (!parsed.ok) throw new KubectlError(`error parsing template ${template}, ${parsed.error}`);
  return {
    print: (object, out) => {
      const filled = executeTemplate(parsed.value, object, { missingKeyIsError: !allowMissingKeys });
      if (filled.ok) {
        out(filled.value);
        return;
      }
      const { message, written } = filled.error;
      out(
        `${written}Error executing template: ${message}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t${template}\n\traw data was:\n\t\t${marshal(object)}\n\tobject given to template engine was:\n\t\t${valueText(object)}\n\n`,
      );
      throw new KubectlError(`error executing template ${JSON.stringify(template)}: ${message}`);
    },
  };
}
