/** Filling a template in (text/template/exec.go). */
import { typeText, valueText } from '#kube/json.ts';
import { fail, ok, type Result } from '#kube/status.ts';
import { CallError, functions, isTrue, printed } from './functions.ts';
import type { Command, Node, Operand, Pipe, Template } from './parse.ts';
import { KubectlError } from '../../errors.ts';

export interface ExecuteOptions {
  /** A missing key of an object is an error (Option("missingkey=error")). */
  readonly missingKeyIsError?: boolean;
}

class ExecutionError extends KubectlError {}
class Jump extends Error {
  readonly to: 'break' | 'continue';

  constructor(to: 'break' | 'continue') {
    super(to);
    this.to = to;
  }
}

/** The text a template makes of `data`. On an error, `written` is what it had written before. */
export function executeTemplate(
  template: Template,
  data: unknown,
  options: ExecuteOptions = {},
): Result<string, { readonly message: string; readonly written: string }> {
  const execution = new Execution(template, options);
  try {
    execution.run(template.body, data, new Map([['$', data]]));
    return ok(execution.written);
  } catch (error) {
    if (error instanceof ExecutionError) return fail({ message: error.message, written: execution.written });
    throw error;
  }
}

type Variables = Map<string, unknown>;

class Execution {
  written = '';
  readonly #template: Template;
  readonly #missingKeyIsError: boolean;
  #at: { readonly at: number; readonly text: string } = { at: 0, text: '' };

  constructor(template: Template, { missingKeyIsError = false }: ExecuteOptions) {
    this.#template = template;
    this.#missingKeyIsError = missingKeyIsError;
  }

  run(nodes: readonly Node[], dot: unknown, variables: Variables): void {
    for (const node of nodes) this.#node(node, dot, variables);
  }

  #error(message: string): ExecutionError {
    const { name, source } = this.#template;
    const before = source.slice(0, this.#at.at);
    const line = before.split('\n').length;
    const column = new TextEncoder().encode(before.slice(before.lastIndexOf('\n') + 1)).length;
    return new ExecutionError(`template: ${name}:${line}:${column}: executing "${name}" at <${this.#at.text}>: ${message}`);
  }

  #node(node: Node, dot: unknown, variables: Variables): void {
    switch (node.kind) {
      case 'text':
        this.written += node.text;
        return;
      case 'action': {
        const value = this.#pipe(node.pipe, dot, variables);
        if (node.pipe.declares.length === 0) this.written += printed(value);
        return;
      }
      case 'if':
      case 'with': {
        const scope = new Map(variables);
        const value = this.#pipe(node.pipe, dot, scope);
        const holds = isTrue(value);
        this.#scoped(variables, scope, () =>
          this.run(holds ? node.body : node.otherwise, holds && node.kind === 'with' ? value : dot, scope),
        );
        return;
      }
      case 'range':
        this.#range(node, dot, variables);
        return;
      case 'break':
      case 'continue':
        throw new Jump(node.kind);
      case 'template': {
        this.#at = node;
        const body = this.#template.defined.get(node.name);
        if (body === undefined) throw this.#error(`template ${JSON.stringify(node.name)} not defined`);
        const value = node.pipe === undefined ? undefined : this.#pipe(node.pipe, dot, variables);
        this.run(body, value, new Map([['$', value]]));
      }
    }
  }

  /** Runs a block, and carries assignments to outer variables out of it. */
  #scoped(outer: Variables, inner: Variables, act: () => void): void {
    act();
    for (const name of outer.keys()) if (inner.has(name)) outer.set(name, inner.get(name));
  }

  #range(node: Extract<Node, { kind: 'if' | 'range' | 'with' }>, dot: unknown, variables: Variables): void {
    const { pipe, body, otherwise } = node;
    const value = this.#pipe({ ...pipe, declares: [] }, dot, variables);
    const entries = this.#entries(value);
    if (entries.length === 0) {
      this.run(otherwise, dot, new Map(variables));
      return;
    }
    for (const [key, item] of entries) {
      const scope = new Map(variables);
      const names = pipe.declares;
      if (names.length === 1) scope.set(names[0]!, item);
      if (names.length === 2) scope.set(names[0]!, key).set(names[1]!, item);
      try {
        this.run(body, item, scope);
      } catch (error) {
        if (!(error instanceof Jump)) throw error;
        if (error.to === 'break') break;
      } finally {
        for (const name of variables.keys()) if (!names.includes(name)) variables.set(name, scope.get(name));
      }
    }
  }

  #entries(value: unknown): readonly (readonly [unknown, unknown])[] {
    if (value === null || value === undefined) return [];
    if (Array.isArray(value)) return value.map((item: unknown, i) => [i, item] as const);
    if (typeof value === 'number' && Number.isInteger(value)) return Array.from({ length: Math.max(0, value) }, (_, i) => [i, i] as const);
    if (typeof value === 'object') {
      return Object.keys(value)
        .sort()
        .map((key) => [key, (value as Record<string, unknown>)[key]] as const);
    }
    throw this.#error(`range can't iterate over ${valueText(value)}`);
  }

  #pipe(pipe: Pipe, dot: unknown, variables: Variables): unknown {
    let value: unknown;
    pipe.commands.forEach((command, i) => {
      value = this.#command(command, dot, variables, i === 0 ? [] : [value]);
    });
    for (const name of pipe.declares) variables.set(name, value);
    return value;
  }

  #command({ operands, at, text }: Command, dot: unknown, variables: Variables, final: readonly unknown[]): unknown {
    const [first, ...rest] = operands as readonly [Operand, ...Operand[]];
    if (first.kind === 'function') {
      const args = [...rest.map((one) => this.#operand(one, dot, variables)), ...final];
      this.#at = { at, text };
      try {
        return functions[first.name]!(
          args,
          rest.map((one) => one.text),
        );
      } catch (error) {
        if (error instanceof CallError) throw this.#error(`error calling ${first.name}: ${error.message}`);
        throw error;
      }
    }
    this.#at = first;
    if (first.kind === 'nil') throw this.#error('nil is not a command');
    if (rest.length > 0 || final.length > 0) {
      if (first.kind === 'field') throw this.#error(`${first.path.at(-1)!} is not a method but has arguments`);
      throw this.#error(`can't give argument to non-function ${first.text}`);
    }
    return this.#operand(first, dot, variables);
  }

  #operand(operand: Operand, dot: unknown, variables: Variables): unknown {
    this.#at = operand;
    switch (operand.kind) {
      case 'dot':
        return dot;
      case 'nil':
        return undefined;
      case 'literal':
        return operand.value;
      case 'field':
        return this.#fields(dot, operand.path, operand);
      case 'variable':
        return this.#fields(variables.get(operand.name), operand.path, operand);
      case 'function':
        return functions[operand.name]!([], []);
      case 'pipe':
        return this.#pipe(operand.pipe, dot, variables);
      case 'chain': {
        const value = this.#operand(operand.of, dot, variables);
        return this.#fields(value, operand.path, this.#at as Operand, true);
      }
    }
  }

  #fields(value: unknown, path: readonly string[], operand: Operand, typed = false): unknown {
    let current = value;
    path.forEach((field, i) => {
      this.#at = operand;
      if (current === null || current === undefined) {
        current = undefined;
        if (this.#missingKeyIsError && i > 0) throw this.#error(`nil data; no entry for key ${JSON.stringify(field)}`);
        return;
      }
      if (typeof current !== 'object' || Array.isArray(current)) {
        throw this.#error(
          `can't evaluate field ${field} in type ${typed || (i === 0 && path.length === 1 && typeof current !== 'object') ? typeText(current) : 'interface {}'}`,
        );
      }
      const next = (current as Record<string, unknown>)[field];
      if (next === undefined && this.#missingKeyIsError) throw this.#error(`map has no entry for key ${JSON.stringify(field)}`);
      current = next;
    });
    return current;
  }
}
