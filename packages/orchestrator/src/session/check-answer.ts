import type { JsonValue } from '@holdfast/protocol';
import { orchestratorError } from '../errors.ts';
import { inputKind } from './ask-person.ts';

/** What an answer has to look like; a zod schema is one. */
export interface AnswerForm {
  parse(value: unknown): unknown;
}

/** What is wrong with an answer, and where. */
interface Issue {
  readonly path: string;
  readonly message: string;
}

/** The answers that this package itself asks for, but those of tasks, which make something of any. */
const ownForms: Readonly<Record<string, AnswerForm>> = { [inputKind]: { parse: textOrNull } };

/**
 * Looks at an answer before it is taken, so that one of another form is told to whoever gives it, and the question stays
 * open.
 *
 * @throws HOLDFAST_ORCHESTRATOR_UNEXPECTED_ANSWER with the `issues` in its data
 */
export function checkAnswer({ id, kind }: { readonly id: string; readonly kind: string }, value: JsonValue, formOf: (kind: string) => AnswerForm | undefined): void {
  const form = formOf(kind) ?? (Object.hasOwn(ownForms, kind) ? ownForms[kind] : undefined);
  try {
    form?.parse(value);
  } catch (cause) {
    const issues = issuesOf(cause);
    const [first] = issues;
    throw orchestratorError('HOLDFAST_ORCHESTRATOR_UNEXPECTED_ANSWER', `Cannot answer promise "${id}" of kind "${kind}": ${first?.path ?? 'value'}: ${first?.message ?? 'invalid'}`, {
      cause,
      data: { promiseId: id, kind, issues: issues.map(({ path, message }) => ({ path, message })) },
    });
  }
}

function textOrNull(value: unknown): void {
  if (value !== null && typeof value !== 'string') throw new TypeError('expected a text, or null for no answer');
}

/** What a schema of zod says, or whatever else was thrown. */
function issuesOf(cause: unknown): readonly Issue[] {
  const { issues }: { readonly issues?: unknown } = { ...Object(cause) };
  const told = Array.isArray(issues) ? issues : [cause];
  return told.map((each: unknown) => {
    const { path, message }: { readonly path?: unknown; readonly message?: unknown } = { path: Reflect.get(Object(each), 'path'), message: Reflect.get(Object(each), 'message') };
    return { path: ['value', ...(Array.isArray(path) ? path : [])].join('.'), message: typeof message === 'string' ? message : 'invalid' };
  });
}
