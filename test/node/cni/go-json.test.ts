import { describe, expect, it } from '@jest/globals';
import { goBool, goInt, goMap, goSlice, goString, goStruct, parseJson, unmarshal } from '#node/cni/go-json.ts';
import { goIp, goIpNet, goRoute } from '#node/cni/result.ts';

/** What `json.Unmarshal` says, read off Go 1.19 and, where fields are named, as of Go 1.24. */
describe('syntax errors', () => {
  it.each<[text: string, error: string]>([
    ['', 'unexpected end of JSON input'],
    ['{', 'unexpected end of JSON input'],
    ['{"a"', 'unexpected end of JSON input'],
    ['{"a":"x', 'unexpected end of JSON input'],
    ['[1,2', 'unexpected end of JSON input'],
    ['{"a":1,}', `invalid character '}' looking for beginning of object key string`],
    ['{a:1}', `invalid character 'a' looking for beginning of object key string`],
    [`{'a':1}`, `invalid character '\\'' looking for beginning of object key string`],
    ['{"a" 1}', `invalid character '1' after object key`],
    ['{"a":1 "b":2}', `invalid character '"' after object key:value pair`],
    ['{"a":}', `invalid character '}' looking for beginning of value`],
    ['[1,]', `invalid character ']' looking for beginning of value`],
    ['[1 2]', `invalid character '2' after array element`],
    ['{} x', `invalid character 'x' after top-level value`],
    ['{"a":tru}', `invalid character '}' in literal true (expecting 'e')`],
    ['nul', `invalid character ' ' in literal null (expecting 'l')`],
    ['{"a":"x\n"}', `invalid character '\\n' in string literal`],
    ['"\\x"', `invalid character 'x' in string escape code`],
    ['"\\u12g4"', `invalid character 'g' in \\u hexadecimal character escape`],
    ['-', `invalid character ' ' in numeric literal`],
    ['1.', `invalid character ' ' after decimal point in numeric literal`],
    ['1e+', `invalid character ' ' in exponent of numeric literal`],
    ['{"a":01}', `invalid character '1' after object key:value pair`],
    ['“x”', `invalid character 'â' looking for beginning of value`],
    ['# comment', `invalid character '#' looking for beginning of value`],
  ])('%j', (text, error) => {
    const parsed = parseJson(text);
    expect(parsed.ok ? 'accepted' : parsed.error.message).toBe(error);
  });

  it.each(['{}', ' [1, -0.5e3, "\\u00e9", null] ', '"x"', '0', 'true'])('accepts %j', (text) => expect(parseJson(text).ok).toBe(true));

  it('says where', () => {
    const parsed = parseJson('{"a": 1,\n}');
    expect(parsed.ok ? undefined : parsed.error.offset).toBe(9);
  });
});

describe('type errors', () => {
  const inner = goStruct('pkg.Inner', { flag: goBool, ip: goIp, net: goIpNet, routes: goSlice(goRoute) });
  const outer = goStruct(
    'pkg.Outer',
    { inner, name: goString, count: goInt(), names: goSlice(goString), caps: goMap(goBool) },
    { name: 'Base' },
  );
  it.each<[text: string, error: string]>([
    ['{"inner":{"flag":"yes"}}', 'json: cannot unmarshal string into Go struct field Inner.inner.flag of type bool'],
    ['{"inner":[]}', 'json: cannot unmarshal array into Go struct field Outer.inner of type pkg.Inner'],
    ['{"count":1.5}', 'json: cannot unmarshal number 1.5 into Go struct field Outer.count of type int'],
    ['{"names":"x"}', 'json: cannot unmarshal string into Go struct field Outer.names of type []string'],
    ['{"names":["x",3]}', 'json: cannot unmarshal number into Go struct field Outer.names of type string'],
    ['{"caps":{"a":1}}', 'json: cannot unmarshal number into Go struct field Outer.caps of type bool'],
    ['[]', 'json: cannot unmarshal array into Go value of type pkg.Outer'],
    ['{"inner":{"ip":"x"}}', 'invalid IP address: x'],
    ['{"inner":{"ip":3}}', 'json: cannot unmarshal number into Go struct field Inner.inner.ip of type net.IP'],
    ['{"inner":{"net":"10.0.0.0"}}', 'invalid CIDR address: 10.0.0.0'],
    [
      '{"inner":{"routes":[{"dst":"10.0.0.0/8","gw":1}]}}',
      'json: cannot unmarshal number into Go struct field Inner.inner.routes of type net.IP',
    ],
    ['{"count":"x","inner":{"flag":3}}', 'json: cannot unmarshal string into Go struct field Outer.count of type int'],
  ])('%s', (text, error) => {
    const decoded = unmarshal(text, outer, false);
    expect(decoded.ok ? 'accepted' : decoded.error).toBe(error);
  });

  it('names embedded structs as of Go 1.24', () => {
    const decoded = unmarshal('{"name":3}', outer);
    expect(decoded.ok ? '' : decoded.error).toBe('json: cannot unmarshal number into Go struct field Outer.Base.name of type string');
  });

  it('takes keys in any case, the last of equal ones, and leaves null alone', () => {
    expect(unmarshal('{"NAME":"a","name":"b","count":null}', outer)).toEqual({ ok: true, value: { name: 'b' } });
  });
});
