/**
 * The forms of label keys and values, and what is said of texts that have not got them; no message means well formed.
 * (staging:apimachinery/pkg/util/validation/validation.go, IsQualifiedName and IsValidLabelValue)
 */
const name = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const value = `(${name})?`;
const subdomain = '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*';
const alphanumeric = "consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const nameExamples = `(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${name}')`;

function isWhole(pattern: string, text: string): boolean {
  return new RegExp(`^(?:${pattern})$`).test(text);
}

/** `app`, `kubernetes.io/service-name`. */
export function labelKeyProblems(key: string): readonly string[] {
  const parts = key.split('/');
  if (parts.length > 2) {
    return [
      `a valid label key must ${alphanumeric} ${nameExamples} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  return [...(parts.length === 2 ? prefixProblems(parts[0]!) : []), ...nameProblems(parts.at(-1)!)];
}

function nameProblems(text: string): readonly string[] {
  const length = text === '' ? ['name part must be non-empty'] : text.length > 63 ? ['name part must be no more than 63 bytes'] : [];
  return [...length, ...(isWhole(name, text) ? [] : [`name part must ${alphanumeric} ${nameExamples}`])];
}

function prefixProblems(text: string): readonly string[] {
  if (text === '') return ['prefix part must be non-empty'];
  return [
    ...(text.length > 253 ? ['prefix part must be no more than 253 characters'] : []),
    ...(isWhole(subdomain, text)
      ? []
      : [
          "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an " +
            `alphanumeric character (e.g. 'example.com', regex used for validation is '${subdomain}')`,
        ]),
  ];
}

export function labelValueProblems(text: string): readonly string[] {
  return [
    ...(text.length > 63 ? ['must be no more than 63 bytes'] : []),
    ...(isWhole(value, text)
      ? []
      : [
          `a valid label must be an empty string or ${alphanumeric} ` +
            `(e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '${value}')`,
        ]),
  ];
}
