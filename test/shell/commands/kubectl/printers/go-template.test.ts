import { describe, expect, it } from '@jest/globals';
import { executeTemplate } from '#shell/commands/kubectl/printers/go-template/execute.ts';
import { parseTemplate } from '#shell/commands/kubectl/printers/go-template/parse.ts';

/** The answers are kubectl v1.33.1's for this object: `kubectl label --local -f pod.yaml a=b -o go-template=…`. */
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', labels: { app: 'x', 'a.b/c': 'z', a: 'b' }, annotations: { e: '' } },
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

function answer(source: string): string {
  const template = parseTemplate('output', source);
  if (!template.ok) return `! ${template.error}`;
  const filled = executeTemplate(template.value, pod);
  return filled.ok ? filled.value : `! ${filled.error.message}`;
}

const rows: readonly [template: string, want: string][] = [
  ['{{.metadata.name}}', 'p'],
  ['{{range .spec.containers}}{{.name}} {{end}}', 'a b c '],
  ['{{range $i, $c := .spec.containers}}{{$i}}={{$c.name}};{{end}}', '0=a;1=b;2=c;'],
  ['{{range .spec.nosuch}}x{{else}}none{{end}}', 'none'],
  ['{{if .spec.t}}yes{{else}}no{{end}}', 'yes'],
  ['{{if eq .metadata.name "p"}}P{{else if eq .kind "Pod"}}K{{end}}', 'P'],
  ['{{len .spec.containers}}', '3'],
  ['{{index .spec.containers 0}}', 'map[image:i1 name:a ports:[map[containerPort:80 name:http] map[containerPort:443 name:https]]]'],
  [
    '{{index .spec.containers 5}}',
    '! template: output:1:2: executing "output" at <index .spec.containers 5>: error calling index: index out of range: 5',
  ],
  ['{{(index .spec.containers 1).name}}', 'b'],
  ['{{index .metadata.labels "a.b/c"}}', 'z'],
  [
    '{{.spec}}',
    'map[big:12345678 containers:[map[image:i1 name:a ports:[map[containerPort:80 name:http] map[containerPort:443 name:https]]] map[image:i2 name:b w:5] map[image:3 name:c w:7]] emap:map[] empty:[] f:1.5 fbig:1e+21 html:<a&b> nested:[[1 2] [3]] nul:<nil> t:true]',
  ],
  ['{{.spec.nul}}', '<no value>'],
  ['{{.spec.f}} {{.spec.big}} {{.spec.fbig}}', '1.5 12345678 1e+21'],
  ['{{printf "%s-%d %v %q %5s|%-5s|" .kind .spec.big .spec.t .kind "a" "b"}}', 'Pod-12345678 true "Pod"     a|b    |'],
  ['{{print .kind 1 2 "x" "y"}}', 'Pod1 2xy'],
  ['{{println .kind}}', 'Pod\n'],
  ['{{.metadata.name | printf "%s!"}}', 'p!'],
  ['{{with .metadata}}{{.name}}{{end}}', 'p'],
  ['{{with .nosuch}}x{{else}}y{{end}}', 'y'],
  ['{{$x := .kind}}{{$x}}{{$x = "b"}}{{$x}}', 'Podb'],
  ['{{/* comment */}}a', 'a'],
  ['{{- " x " -}}   b', ' x b'],
  ['a   {{- .kind }}', 'aPod'],
  ['{{range .spec.containers}}{{if eq .name "b"}}{{break}}{{end}}{{.name}}{{end}}', 'a'],
  ['{{range .spec.containers}}{{if eq .name "b"}}{{continue}}{{end}}{{.name}}{{end}}', 'ac'],
  ['{{and .kind .metadata.name}} {{or .nosuch "d"}} {{not .kind}}', 'p d false'],
  ['{{and .nosuch .kind}}', '<no value>'],
  ['{{lt 1 2}} {{gt .spec.big 5}} {{ge 1 1}} {{ne "a" "b"}}', 'true true true true'],
  ['{{eq 1 "a"}}', '! template: output:1:2: executing "output" at <eq 1 "a">: error calling eq: incompatible types for comparison'],
  ['{{eq .spec.big 12345678}}', 'true'],
  ['{{eq .spec.f 1.5}}', 'true'],
  ['{{html "<a>"}} {{js "a\'b"}} {{urlquery "a b&c"}}', "&lt;a&gt; a\\'b a+b%26c"],
  ['{{slice "abcdef" 1 3}}', 'bc'],
  ['{{"a\\tb"}}', 'a\tb'],
  ['{{`raw\\n`}}', 'raw\\n'],
  ["{{'a'}}", '97'],
  ['{{1.5}} {{true}} {{nil}}', '! template: output:1:19: executing "output" at <nil>: nil is not a command'],
  ['{{define "T"}}[{{.}}]{{end}}{{template "T" .kind}}', '[Pod]'],
  ['{{block "B" .kind}}<{{.}}>{{end}}', '<Pod>'],
  [
    '{{.metadata.name.foo}}',
    '! template: output:1:11: executing "output" at <.metadata.name.foo>: can\'t evaluate field foo in type interface {}',
  ],
  [
    '{{.spec.containers.name}}',
    '! template: output:1:7: executing "output" at <.spec.containers.name>: can\'t evaluate field name in type interface {}',
  ],
  ['{{foo}}', '! template: output:1: function "foo" not defined'],
  ['{{.kind', '! template: output:1: unclosed action'],
  ['{{end}}', '! template: output:1: unexpected {{end}}'],
  ['{{if}}x{{end}}', '! template: output:1: missing value for if'],
  ['{{range .spec.containers}}', '! template: output:1: unexpected EOF'],
  ['{{.kind}}}}', 'Pod}}'],
  ['{{"abc}}', '! template: output:1: unterminated quoted string'],
  ['{{}}', '! template: output:1: missing value for command'],
  ['{{template "nosuch"}}', '! template: output:1:11: executing "output" at <{{template "nosuch"}}>: template "nosuch" not defined'],
  ['{{exists . "metadata" "name"}} {{exists . "nope"}}', 'true false'],
  ['{{base64decode "aGVsbG8="}}', 'hello'],
  [
    '{{base64decode "###"}}',
    '! template: output:1:2: executing "output" at <base64decode "###">: error calling base64decode: base64 decode failed: illegal base64 data at input byte 0',
  ],
  ['{{range $k, $v := .metadata.labels}}{{$k}}={{$v}} {{end}}', 'a=b a.b/c=z app=x '],
  ['{{.metadata.labels}}', 'map[a:b a.b/c:z app:x]'],
  ['{{range .metadata.name}}x{{end}}', '! template: output:1:17: executing "output" at <.metadata.name>: range can\'t iterate over p'],
  ['{{.metadata.labels.nosuch}}', '<no value>'],
  ['{{$.kind}}', 'Pod'],
  ['{{range .spec.containers}}{{$.kind}}{{end}}', 'PodPodPod'],
  ['{{.items}}', '<no value>'],
  [
    '{{len .kind}} {{len .nosuch}}',
    '! template: output:1:16: executing "output" at <len .nosuch>: error calling len: reflect: call of reflect.Value.Type on zero Value',
  ],
  ['{{index .nosuch 0}}', '! template: output:1:2: executing "output" at <index .nosuch 0>: error calling index: index of untyped nil'],
  ['{{index .metadata.labels "nope"}}', '<no value>'],
  ['{{if and (eq .kind "Pod") (not .nosuch)}}ok{{end}}', 'ok'],
  ['{{range 3}}{{.}}{{end}}', '012'],
  ['{{.spec.containers | len}}', '3'],
  ['{{call .kind}}', '! template: output:1:2: executing "output" at <call .kind>: error calling call: non-function .kind of type string'],
  ['{{printf "%d" "x"}}', '%!d(string=x)'],
  ['{{printf "%d"}}', '%!d(MISSING)'],
  ['{{printf "a" 1}}', 'a%!(EXTRA int=1)'],
  ['{{.a-b}}', "! template: output:1: bad character U+002D '-'"],
  ['{{$y}}', '! template: output:1: undefined variable "$y"'],
  ['{{if .kind}}x', '! template: output:1: unexpected EOF'],
  ['{{else}}', '! template: output:1: unexpected {{else}}'],
  ['{{range .spec.nested}}{{.}}{{end}}', '[1 2][3]'],
  ['{{.spec.html}}', '<a&b>'],
  ['{{/* a */ -}}  b', 'b'],
  ['{{ .kind | len | printf "%03d" }}', '003'],
  [
    '{{index .spec.containers "a"}}',
    '! template: output:1:2: executing "output" at <index .spec.containers "a">: error calling index: cannot index slice/array with type string',
  ],
  ['{{.kind | foo}}', '! template: output:1: function "foo" not defined'],
  ['{{(.kind).foo}}', '! template: output:1:3: executing "output" at <.kind>: can\'t evaluate field foo in type string'],
];

describe('Go templates', () => {
  it.each(rows)('%s', (source, want) => expect(answer(source)).toBe(want));
});
