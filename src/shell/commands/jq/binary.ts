/**
 * jq 1.7.1 itself, as Ubuntu 24.04 has it, compiled to WebAssembly. The package brings it as a text in a loader that makes the files and
 * the terminal of a browser around it; we take the program alone and give it those of the simulation (system-calls.ts).
 */
import loader from 'jq-wasm/dist/build/jq.js';
import { webAssembly, type Compiled } from './web-assembly.ts';

let compiled: Promise<Compiled> | undefined;

/** The program, compiled once. */
export function jqBinary(): Promise<Compiled> {
  return (compiled ??= webAssembly.compile(bytesOf(String(loader))));
}

function bytesOf(source: string): Uint8Array {
  const base64 = /base64,([\w+/]+=*)/.exec(source)![1]!;
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}
