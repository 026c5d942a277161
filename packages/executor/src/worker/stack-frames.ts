/**
 * What user code reads as `error.stack`: frames of user code at places of the user's own source, and none of the engine.
 * V8 calls the hook when a stack is looked at first, so errors that nobody looks at cost nothing. User code may set
 * `Error.prepareStackTrace` as ever, and then is given the frames in the same terms.
 */
import { constantName } from '../engine/guard-constants.ts';
import { Error, Object, Proxy, Reflect } from './intrinsics.ts';
import type { FoundPlace } from './place-asker.ts';

type CallSite = NodeJS.CallSite;
type Prepare = (error: Error, frames: readonly CallSite[]) => unknown;
type FindPlace = (file: string, line: number, column: number) => FoundPlace['place'];

/** A place in the text of a frame; an `eval` has two. */
const placeInText = /(?<file>[^\s()]+):(?<line>\d+):(?<column>\d+)/gu;

export interface StackOptions {
  readonly find: FindPlace;
  /** Where the files of the engine are. */
  readonly engineUrl: string;
}

/** @returns what reads a stack without the user's own `Error.prepareStackTrace` */
export function showUserStacks({ find, engineUrl }: StackOptions): (read: () => unknown) => unknown {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion, typescript/unbound-method -- Node's own, or that of whoever preloads something
  const platform = Error.prepareStackTrace as Prepare | undefined;
  let ofUser: unknown = platform;
  let isHookAsked = true;

  const prepare: Prepare = (error, frames) => {
    const shown = frames.filter((frame) => !isOfEngine(frame));
    if (isHookAsked && typeof ofUser === 'function' && ofUser !== platform) return Reflect.apply(ofUser, Error, [error, shown.map((frame) => inUserTerms(frame))]);
    const head = platform ? String(Reflect.apply(platform, Error, [error, []])) : headOf(error);
    return head + shown.map((frame) => `\n    at ${textOf(frame)}`).join('');
  };
  // Who saves it, sets another one and puts it back, as libraries do, is back at the beginning.
  Object.defineProperty(Error, 'prepareStackTrace', {
    get: () => prepare,
    set: (value: unknown) => {
      ofUser = value === prepare ? platform : value;
    },
    enumerable: false,
    configurable: false,
  });
  return (read) => {
    isHookAsked = false;
    try {
      return read();
    } catch {
      return undefined; // the user replaced what this is made with
    } finally {
      isHookAsked = true;
    }
  };

  /** The setter of a refused assignment stands in the cell, and is none of the user's. */
  function isOfEngine(frame: CallSite): boolean {
    return (frame.getFileName() ?? frame.getScriptNameOrSourceURL())?.startsWith(engineUrl) === true || frame.getFunctionName() === `set ${constantName}`;
  }

  function textOf(frame: CallSite): string {
    // Of the cell that an eval stands in V8 tells no name, and its place without one would mislead.
    // oxlint-disable-next-line typescript/no-base-to-string -- V8 gives frames a text of their own
    return String(frame).replace(/\(:\d+:\d+\)/u, '(a cell)').replaceAll(placeInText, (text, file: string, line: string, column: string) => {
      const place = find(file, Number(line), Number(column));
      return place ? `${place.file}:${place.line}:${place.column}` : text;
    });
  }

  function inUserTerms(frame: CallSite): CallSite {
    const [file, line, column] = [frame.getScriptNameOrSourceURL(), frame.getLineNumber(), frame.getColumnNumber()];
    const place = file && line && column ? find(file, line, column) : undefined;
    const changed: Readonly<Record<string, () => unknown>> = place
      ? { getFileName: () => place.file, getScriptNameOrSourceURL: () => place.file, getLineNumber: () => place.line, getColumnNumber: () => place.column, toString: () => textOf(frame) }
      : {};
    return new Proxy(frame, {
      get: (target, name) => {
        const own = typeof name === 'string' && Object.hasOwn(changed, name) ? changed[name] : undefined;
        const method: unknown = own ?? Reflect.get(target, name);
        return typeof method === 'function' ? (...values: readonly unknown[]): unknown => Reflect.apply(method, target, values) : method;
      },
    });
  }
}

function headOf(error: Error): string {
  try {
    return String(error);
  } catch {
    return 'Error'; // its own toString threw
  }
}
