import { z } from 'zod';

/** What JSON can say. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

export const jsonValue: z.ZodType<JsonValue> = z.json();
