/** Databases that are files: how a line is found, and shown. (glibc 2.36: nss/getent.c, print_services and so on) */
export interface FileDatabase {
  readonly path: string;
  matches(line: string, key: string): boolean;
  /** `key` tells which of several forms was asked for. */
  show(line: string, key?: string): string;
}

function fields(line: string): string[] {
  return line.replace(/#.*/, '').trim().split(/\s+/);
}

/** `name:password:number:…`, by name or number, shown as it stands. */
function colonFile(path: string): FileDatabase {
  return {
    path,
    matches(line, key) {
      const [name, , number] = line.split(':');
      return name === key || (number !== '' && number === key);
    },
    show: (line) => `${line}\n`,
  };
}

/** `name number aliases…` */
function tableFile(path: string): FileDatabase {
  return {
    path,
    matches(line, key) {
      const [name, number, ...aliases] = fields(line);
      return name === key || number === key || aliases.includes(key);
    },
    show(line) {
      const [name = '', number = '', ...aliases] = fields(line);
      return `${[name.padEnd(21), number, ...aliases].join(' ')}\n`;
    },
  };
}

export const fileDatabases: { readonly [name: string]: FileDatabase } = {
  passwd: colonFile('/etc/passwd'),
  group: colonFile('/etc/group'),
  shadow: colonFile('/etc/shadow'),
  gshadow: colonFile('/etc/gshadow'),
  networks: tableFile('/etc/networks'),
  protocols: tableFile('/etc/protocols'),
  rpc: tableFile('/etc/rpc'),
  services: {
    ...tableFile('/etc/services'),
    matches(line, key) {
      const [wanted = '', protocol] = key.split('/');
      const [name, where = '', ...aliases] = fields(line);
      const [port, own] = where.split('/');
      return (protocol === undefined || protocol === own) && (name === wanted || port === wanted || aliases.includes(wanted));
    },
  },
};
