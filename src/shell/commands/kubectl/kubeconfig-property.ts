/** `users.ann.token` and the like: the way to one value of a kubeconfig (kubectl: pkg/cmd/config/navigation_step_parser.go). */
import { base64 } from './generators/configuration.ts';
import type { Kubeconfig } from './kubeconfig.ts';
import { KubectlError } from './errors.ts';

type Entries = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

const lists = ['clusters', 'users', 'contexts'] as const;

const fields: Readonly<Record<(typeof lists)[number], readonly string[]>> = {
  clusters: [
    'server',
    'tls-server-name',
    'insecure-skip-tls-verify',
    'certificate-authority',
    'certificate-authority-data',
    'proxy-url',
    'disable-compression',
  ],
  users: [
    'client-certificate',
    'client-certificate-data',
    'client-key',
    'client-key-data',
    'token',
    'tokenFile',
    'username',
    'password',
    'as',
    'as-uid',
  ],
  contexts: ['cluster', 'user', 'namespace'],
};

interface Place {
  readonly list: (typeof lists)[number];
  readonly name: string;
  readonly field: string | undefined;
}

/** Names may hold dots: a known field at the end is the field, what is left of it the name. */
function placeOf(property: string): Place | 'current-context' {
  if (property === 'current-context') return property;
  const [first = ''] = property.split('.');
  const list = lists.find((one) => one === first);
  if (list === undefined) throw new KubectlError(`unable to parse ${property} after [] at api.Config`);
  const rest = property.slice(first.length + 1);
  const field = fields[list].find((one) => rest.endsWith(`.${one}`));
  return { list, name: field === undefined ? rest : rest.slice(0, -field.length - 1), field };
}

export function setProperty(config: Kubeconfig, property: string, value: string, rawBytes: boolean): Kubeconfig {
  const place = placeOf(property);
  if (place === 'current-context') return { ...config, 'current-context': value };
  const { list, name, field } = place;
  if (field === undefined) throw new KubectlError("can't set a map to a value");
  const entries = config[list] as Entries;
  return { ...config, [list]: new Map(entries).set(name, { ...entries.get(name), [field]: typed(field, value, rawBytes) }) };
}

function typed(field: string, value: string, rawBytes: boolean): unknown {
  if (field === 'insecure-skip-tls-verify' || field === 'disable-compression') {
    if (!/^(1|t|T|true|TRUE|True|0|f|F|false|FALSE|False)$/.test(value))
      throw new KubectlError(`strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`);
    return /^(1|t|T|true|TRUE|True)$/.test(value);
  }
  if (!field.endsWith('-data') || !rawBytes) return value;
  return base64(value);
}

export function unsetProperty(config: Kubeconfig, property: string): Kubeconfig {
  const place = placeOf(property);
  if (place === 'current-context') return { ...config, 'current-context': '' };
  const { list, name, field } = place;
  const entries = config[list] as Entries;
  if (name === '') return { ...config, [list]: new Map() };
  const entry = entries.get(name);
  if (entry === undefined && field !== undefined) throw new KubectlError(`current map key \`${name}\` is invalid`);
  if (entry === undefined || field === undefined) return { ...config, [list]: new Map([...entries].filter(([key]) => key !== name)) };
  const { [field]: _, ...rest } = entry;
  return { ...config, [list]: new Map(entries).set(name, rest) };
}
