/** Findings as SARIF 2.1.0, which code hosts show beside the lines (OASIS sarif-v2.1.0). */
import type { Finding } from './finding.ts';
import { rules } from './rules.ts';

export function sarifLog(findings: readonly Finding[], version: string): object {
  const names = [...new Set([...rules.map((rule) => rule.name), ...findings.map((finding) => finding.rule)])];
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'cka-net',
            version,
            rules: names.map((id) => {
              const wants = rules.find((rule) => rule.name === id)?.wants;
              return { id, ...(wants !== undefined && { shortDescription: { text: wants } }) };
            }),
          },
        },
        results: findings.map(({ file, at, message, note, rule, severity }) => ({
          ruleId: rule,
          ruleIndex: names.indexOf(rule),
          level: severity,
          message: { text: note === undefined ? message : `${message} (${note})` },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: encodeURI(file) },
                ...(at !== undefined && { region: { startLine: at.line, startColumn: at.column } }),
              },
            },
          ],
        })),
      },
    ],
  };
}
