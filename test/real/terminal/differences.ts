/** The lines whose answers differ from those of the real programs on Debian 12, and why they do. */
const jq17 = 'jq 1.7.1, which Ubuntu 24.04 has, says this otherwise than the 1.6 of Debian 12';

const noTerminal = 'the real one says first that it has no terminal to ask at';
const perl = 'an expression that JavaScript cannot have is refused';
const interpreter = 'a program of the interpreter that says or does less';
const refused = 'refused';
const release = 'of another release';

export const differences: Readonly<Record<string, string>> = {
  'jq . names': jq17,
  "jq -c 'paths' conf": jq17,
  "jq -c '.items[0] | [leaf_paths] | .[0:3]' svc.json": jq17,
  "jq '.items[' pods.json": jq17,
  'jq --nosuch .': jq17,
  'jq -h | head -3': jq17,
  'jq -V': jq17,
  [`echo '{"a":1' | jq .`]: jq17,
  [`echo 'nope' | jq .`]: jq17,
  [`echo '1.0 1.50 1e3 100000000000000000000' | jq .`]: jq17,
  [`echo '{"a":1,"b":[1,2]}' | jq -C .`]: jq17,
  [`echo '{"a":1}' | jq --seq -c .`]: jq17,
  'cat names | xargs -P4 -n1 echo': 'programs that run beside each other end in any order there',
  'cat names | xargs -p echo </dev/null': noTerminal,
  "grep -P '(' text": perl,
  'grep -V | head -1': release,
  'grep --help | head -1': refused,
  'sort -R names | wc -l': refused,
  'diff -y -W 40 a.txt b.txt': refused,
  tr: interpreter,
  'tr a': interpreter,
  'fold -sw 10 text': interpreter,
  'join a.txt b.txt': interpreter,
  'comm a.txt b.txt': interpreter,
  "seq -f 'n%02g' 3": interpreter,
  "expr hello : 'h\\(.*\\)o'": interpreter,
  'sha1sum names nosuch': interpreter,
  'grep -Z -l error text | od -c | head -2': interpreter,
  'echo hi | od -c': interpreter,
  'echo hi | od -An -tx1': interpreter,
  [`awk 'BEGIN { print substr("hello", 0, 2), substr("hello", -1, 3), substr("hello", 10) }'`]:
    'a mistake of mawk 1.3.4-20200120 that later ones do not make',
  "awk '{print }}' names": 'mawk says two things of it, ours one',
};
