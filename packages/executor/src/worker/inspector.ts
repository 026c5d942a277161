import { Session } from 'node:inspector';
import type { Runtime } from 'node:inspector';

/** V8's answer to an evaluation: a value, or what was thrown. */
export type EvaluationOutcome = Runtime.EvaluateReturnType;
export type RemoteObject = Runtime.RemoteObject;
export type CallArgument = Runtime.CallArgument;

/** What V8 tells of an object: the names of its properties, and the objects among their values. */
export interface ObjectProperties {
  readonly names: readonly string[];
  readonly values: ReadonlyMap<string, string>;
  readonly descriptions: ReadonlyMap<string, string>;
  readonly internals: ReadonlyMap<string, string>;
}

/** The main thread, seen from the control thread through V8's inspector. */
export class MainThread {
  readonly #session = new Session();
  readonly #cleared = new Set<string>();
  #terminating: Promise<void> | undefined;

  constructor() {
    this.#session.connectToMainThread();
  }

  /** Compiles and runs a cell, in REPL mode unless told otherwise; settles when it completed or threw, never when it was terminated. */
  async evaluate(expression: string, replMode = true): Promise<EvaluationOutcome> {
    return this.#post<EvaluationOutcome>('Runtime.evaluate', { expression, replMode, awaitPromise: true, objectGroup: 'cell' });
  }

  /** Calls a method of an object of the main thread and gives its plain answer. */
  async call(target: string, method: string, ...values: readonly CallArgument[]): Promise<unknown> {
    const { result, exceptionDetails } = await this.#post<Runtime.CallFunctionOnReturnType>('Runtime.callFunctionOn', {
      objectId: target,
      functionDeclaration: `function (...values) { return this.${method}(...values); }`,
      arguments: [...values],
      returnByValue: true,
      awaitPromise: true,
    });
    if (exceptionDetails) throw new Error(`${method} threw: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
    return result.value;
  }

  /** Calls a method and keeps its answer, an object, for this group. */
  async hold(target: string, method: string, objectGroup: string): Promise<string> {
    const functionDeclaration = `function () { return this.${method}(); }`;
    const { result } = await this.#post<Runtime.CallFunctionOnReturnType>('Runtime.callFunctionOn', { objectId: target, functionDeclaration, objectGroup });
    if (result.objectId === undefined) throw new Error(`${method} gave no object`);
    return result.objectId;
  }

  /** The own properties of an object, and what only V8 sees of it. Runs no getters. */
  async properties(objectId: string): Promise<ObjectProperties> {
    const { result, internalProperties = [] } = await this.#post<Runtime.GetPropertiesReturnType>('Runtime.getProperties', { objectId, ownProperties: true });
    return {
      names: result.map(({ name }) => name),
      values: new Map(result.flatMap(idOf)),
      descriptions: new Map(result.map(({ name, value }) => [name, value?.description ?? ''])),
      internals: new Map(internalProperties.flatMap(idOf)),
    };
  }

  /** Lets go of the objects of a group. */
  release(objectGroup: string): void {
    this.#session.post('Runtime.releaseObjectGroup', { objectGroup });
  }

  /** Takes a property of the global object and removes it there. */
  async takeGlobal(name: string): Promise<string> {
    const expression = `(() => { const taken = globalThis[${JSON.stringify(name)}]; delete globalThis[${JSON.stringify(name)}]; return taken; })()`;
    const { result } = await this.#post<EvaluationOutcome>('Runtime.evaluate', { expression });
    if (result.objectId === undefined) throw new Error(`The main thread offers no ${name}`);
    return result.objectId;
  }

  /** The names of `let`, `const` and `class`, but for those that were let go of. */
  async lexicalNames(): Promise<string[]> {
    return (await this.allLexicalNames()).filter((name) => !this.#cleared.has(name));
  }

  /** Those too: V8 keeps each for ever, with its keyword. */
  async allLexicalNames(): Promise<string[]> {
    const { names } = await this.#post<Runtime.GlobalLexicalScopeNamesReturnType>('Runtime.globalLexicalScopeNames', {});
    return [...new Set(names)];
  }

  /** Passes over a name until it is declared again. False where it cannot be emptied. */
  async clearLexicalName(name: string): Promise<boolean> {
    const { exceptionDetails } = await this.evaluate(`let ${name} = undefined; undefined`);
    if (!exceptionDetails) this.#cleared.add(name);
    return !exceptionDetails;
  }

  /** Takes note of names that were declared, again perhaps. */
  noteDeclared(names: Iterable<string>): void {
    if (this.#cleared.size > 0) for (const name of names) this.#cleared.delete(name);
  }

  /** Lets go of the values of finished cells. */
  releaseCell(): void {
    this.#session.post('Runtime.releaseObjectGroup', { objectGroup: 'cell' });
  }

  /**
   * Ends what runs on the main thread now, a loop or a wait. Settles once V8 has done it; nothing else may be asked of
   * the thread before that, or the termination hits the asking instead. Later calls join a request under way.
   */
  async terminate(): Promise<void> {
    this.#terminating ??= this.#post('Runtime.terminateExecution', {}).then(
      () => undefined,
      () => undefined, // refused while another request is under way, which then has the effect
    );
    await this.#terminating;
    this.#terminating = undefined;
  }

  async #post<Answer>(method: string, parameters: object): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#session.post(method, parameters, (error, answer) => {
        if (error) reject(error);
        // The inspector's methods and answers are paired by its protocol, which post cannot express for a variable method.
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion
        else resolve(answer as Answer);
      });
    });
  }
}

function idOf({ name, value }: { readonly name: string; readonly value?: RemoteObject | undefined }): [string, string][] {
  return value?.objectId === undefined ? [] : [[name, value.objectId]];
}
