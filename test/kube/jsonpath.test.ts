import { describe, expect, it } from '@jest/globals';
import { parseJsonPath } from '#kube/jsonpath.ts';

/** The answers are kubectl v1.33.1's for this object: `kubectl label --local -f pod.yaml q=b -o jsonpath=…`. */
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', labels: { app: 'x', 'a.b/c': 'z', q: 'b' }, annotations: { e: '' } },
  spec: {
    nul: null,
    f: 1.5,
    big: 12345678,
    fbig: 1e21,
    html: '<a&b>',
    t: true,
    empty: [],
    emap: {},
    containers: [
      {
        name: 'a',
        image: 'i1',
        ports: [
          { containerPort: 80, name: 'http' },
          { containerPort: 443, name: 'https' },
        ],
      },
      { name: 'b', image: 'i2', w: 5 },
      { name: 'c', image: '3', w: 7 },
    ],
    nested: [[1, 2], [3]],
  },
};

function answer(template: string): string {
  const parsed = parseJsonPath(template, { allowMissingKeys: true });
  if (!parsed.ok) return `parse: ${parsed.error}`;
  const printed = parsed.value.print(pod);
  return printed.ok ? printed.value : `execute: ${printed.error}`;
}

const rows: readonly [template: string, want: string][] = [
  // fields and values
  ['{.metadata.name}', 'p'],
  ['{.spec.nul}', 'null'],
  ['{.spec.nul.x}', ''],
  ['{.spec.f}{.spec.big}', '1.512345678'],
  ['{.spec.fbig}', '1e+21'],
  ['{.spec.html}', '<a&b>'],
  ['{.spec.t}', 'true'],
  ['{.spec.empty}{.spec.emap}', '[]{}'],
  ['{.spec.containers[*].ports}', '[{"containerPort":80,"name":"http"},{"containerPort":443,"name":"https"}]'],
  ['{.spec.containers[1]}', '{"image":"i2","name":"b","w":5}'],
  ["{['metadata']['name']}", 'p'],
  ["{.metadata['labels.app']}", 'x'],
  ["{.metadata.labels['a\\.b/c']}", 'z'],
  ['{.metadata.labels.a\\.b/c}', 'z'],
  ['{.metadata.name.x}', ''],
  ['{.spec.containers.name}', ''],
  ['{$.kind}{@.kind}{ .kind }', 'PodPodPod'],
  ['x{.spec.nosuch[0]}y', 'xy'],
  // everything, everywhere
  ['{..name}', 'p a http https b c'],
  ['{..containerPort}', '80 443'],
  ['{.metadata.*}', '{"e":""} {"a.b/c":"z","app":"x","q":"b"} p'],
  ['{.spec.nested[*][0]}', '1 3'],
  ['{.spec.containers[1:]..name}', 'b c'],
  // slices
  ['{.spec.containers[0,2].name}', 'a c'],
  ['{.spec.containers[0:2].name}', 'a b'],
  ['{.spec.containers[::2].name}', 'a c'],
  ['{.spec.containers[-2:].name}', 'b c'],
  ['{.spec.containers[-1].name}', 'c'],
  ['{.spec.containers[].name}', 'a'],
  ['{.spec.containers[1:9].name}', 'execute: array index out of bounds: index 8, length 3'],
  ['{.spec.containers[9]}', 'execute: array index out of bounds: index 9, length 3'],
  ['{.spec.containers[-9]}', 'execute: array index out of bounds: index -6, length 3'],
  ['{.spec.containers[2:1].name}', 'execute: starting index 2 is greater than ending index 1'],
  ['{.spec.containers[0:3:0].name}', 'execute: step must be > 0'],
  ['{.spec.t[0]}', 'execute: bool is not array or slice'],
  ['{[0]}', 'execute: map[string]interface {} is not array or slice'],
  ["{.metadata.labels['app','q']}", 'x b'],
  // filters
  ['{.spec.containers[?(@.w>5)].name}', 'c'],
  ['{.spec.containers[?(@.w>=5)].w}', '5 7'],
  ['{.spec.containers[?(@.w != 5)].name}', 'c'],
  ['{.spec.containers[?(@.w)].name}', 'b c'],
  ['{.spec.containers[?(@.image=="3")].name}', 'c'],
  ['{.spec.containers[?(@.image == "i1")].name}', 'a'],
  ['{.spec.containers[?(.name=="a")].name}', 'a'],
  ['{.spec.containers[?(@.ports[0].name=="http")].name}', 'a'],
  ["{.spec.containers[?(@.name=='a')].ports[?(@.name=='https')].containerPort}", '443'],
  ['{.spec.containers[?(@.w==@.w)].name}', 'b c'],
  ['{.spec.containers[?(@.image==3)].name}', 'execute: incompatible types for comparison'],
  ['{.spec.containers[?(@.ports[*].name=="http")].name}', 'execute: can only compare one element at a time'],
  ['{.metadata.labels[?(@=="x")]}', 'execute: map[a.b/c:z app:x q:b] is not array or slice and cannot be filtered'],
  ['{.spec.nul[?(@.a)]}', 'execute: <nil> is not array or slice and cannot be filtered'],
  // ranges
  ['{range .spec.containers[*]}{.name},{end}{.kind}', 'a,b,c,Pod'],
  ['{range .spec.containers[*]}{.name}{range .ports[*]}<{.name}>{end};{end}{.kind}', 'a<http><https>;b;c;Pod'],
  ['{range .spec.empty[*]}x{end}{.kind}', 'Pod'],
  ['{range .spec.nul}x{end}', 'x'],
  ['{range .spec.containers[*]}{.name},', 'a,b,c,,'],
  ['{range .spec.containers[*]}{range .ports[*]}{.name};{end}', 'http;https;'],
  ['{range .spec.containers[?(@.w)]}[{.name}]{end}', '[b][c]'],
  ['{end}', 'execute: not in range, nothing to end'],
  ['{.metadata.name}{end}', 'execute: not in range, nothing to end'],
  ['{foo}', 'execute: unrecognized identifier foo'],
  // text
  ['{"a\\tb\\n"}', 'a\tb\n'],
  ["{'a\\tb'}{'it\\'s'}", "a\tbit's"],
  ['{"\\u0041"}', 'A'],
  ['{1}{1.5}{true}{+5}{-1}', '11.5true5-1'],
  ['{.kind}}', 'Pod}'],
  // mistakes
  ['{.a', 'parse: unclosed action'],
  ['{.kind\n}', 'parse: unclosed action'],
  ['{.spec[}', 'parse: unterminated array'],
  ['{.spec.containers[a]}', 'parse: invalid array index a'],
  ['{.spec.containers[99999999999999999999]}', 'parse: array index 99999999999999999999 is not a number'],
  ['{.spec.containers[?(@.name]}', 'parse: unterminated filter'],
  ['{.spec.containers[?(@.name=="a"||@.name=="b")].image}', "parse: unrecognized character in action: U+007C '|'"],
  ['{.spec.containers[?(@.name=~"a")]}', "parse: unrecognized character in action: U+007E '~'"],
  ['{#}', "parse: unrecognized character in action: U+0023 '#'"],
  ["{'abc}", 'parse: unterminated quoted string'],
  ['{"\\q"}', 'parse: unquote string "\\q" error invalid syntax'],
  ['{....name}', 'parse: invalid multiple recursive descent'],
  ['{5.5.5}', 'parse: cannot parse number 5.5.5'],
];

describe('parseJsonPath', () => {
  it.each(rows)('%s', (template, want) => expect(answer(template)).toBe(want));

  it('refuses a missing field unless that is allowed', () => {
    const strict = parseJsonPath('{.spec.nosuch}');
    expect(strict.ok && strict.value.print(pod)).toEqual({ ok: false, error: 'nosuch is not found' });
  });
});
