import type { z } from 'zod';
import { serverError } from '../errors.ts';

/** Checks a part of a request against its schema. @throws HOLDFAST_SERVER_VALIDATION */
export function parsePart<Schema extends z.ZodType>(part: 'body' | 'query' | 'arguments', schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => ({ path: [part, ...path].join('.'), message }));
  const [first] = issues;
  throw serverError('HOLDFAST_SERVER_VALIDATION', `Cannot accept request: ${first?.path ?? part}: ${first?.message ?? 'invalid'}`, { data: { issues } });
}
