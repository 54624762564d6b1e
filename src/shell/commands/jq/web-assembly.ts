/** The global of that name, as far as it is used here; the compiler knows it only with the types of a browser. */
export interface Program {
  readonly exports: Readonly<Record<string, unknown>>;
}

interface WebAssemblyApi {
  compile(bytes: Uint8Array): Promise<Compiled>;
  readonly Instance: new (program: Compiled, imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>) => Program;
}

/** A program that is compiled, and can be started any number of times. */
export interface Compiled {
  readonly [Symbol.toStringTag]: string;
}

export interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

declare const WebAssembly: WebAssemblyApi;
export const webAssembly = WebAssembly;
