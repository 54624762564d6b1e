/** The lines whose answers differ from those of the real programs on Debian 12, and why they do. */
const jq17 = 'jq 1.7.1, which Ubuntu 24.04 has, says this otherwise than the 1.6 of Debian 12';

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
};
