import type { z } from 'zod';

type Fields = z.ZodObject;

/**
 * One request that the REST face answers. The server checks requests by it, the OpenAPI document tells it, and the
 * client takes its types from it, so that the three cannot differ.
 */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** With parameters in braces: `/sessions/{sessionId}`. */
  readonly path: string;
  readonly summary: string;
  readonly query?: Fields;
  readonly body?: z.ZodType;
  /** A body as somebody would send it. */
  readonly example?: unknown;
  /** Whether the body may be left out; then it counts as an empty object. */
  readonly bodyOptional?: boolean;
  /** What it answers when it goes well, by status; null for an answer without a body. */
  readonly answers: Readonly<Record<number, z.ZodType | null>>;
  /** Media types beside JSON that the first answer may come in, for who accepts them. */
  readonly streams?: readonly string[];
  /** The errors of its own, beside those that every operation may answer. */
  readonly problems: readonly number[];
  /** Needs no token. */
  readonly open?: boolean;
}

/** The errors that every operation may answer: not allowed, not understood, too much at once, a fault of the server. */
export const commonProblems: readonly number[] = [400, 401, 403, 429, 500, 503];

type NamesIn<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never;
type Values<Schema> = Schema extends z.ZodType ? z.input<Schema> : undefined;

/** The parameters in an operation's path. */
export type PathOf<Each extends Operation> = { readonly [Name in NamesIn<Each['path']>]: string };
/** What a client sends as query. */
export type QueryOf<Each extends Operation> = Values<Each['query']>;
/** What a client sends as body. */
export type BodyOf<Each extends Operation> = Values<Each['body']>;
type AnswerBody<Schema> = Schema extends z.ZodType ? z.output<Schema> : null;
/** What a client gets: the bodies of every answer that went well. */
export type AnswerOf<Each extends Operation> = { [Status in keyof Each['answers']]: AnswerBody<Each['answers'][Status]> }[keyof Each['answers']];

/** The names of the parameters in a path. */
export function parameterNames(path: string): readonly string[] {
  return [...path.matchAll(/\{(?<name>\w+)\}/gu)].map(({ groups }) => groups?.['name'] ?? '');
}

/** The path of a request: its parameters put in, each encoded. */
export function fillPath(path: string, parameters: Readonly<Record<string, string>>): string {
  return path.replaceAll(/\{(?<name>\w+)\}/gu, (_match, name: string) => encodeURIComponent(parameters[name] ?? ''));
}
