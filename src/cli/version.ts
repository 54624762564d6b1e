import packageJson from '../../package.json' with { type: 'json' };

/** The version of cka-net. */
export const version: string = packageJson.version;
