import { jsonValue, type JsonValue } from '@holdfast/protocol';
import { cliError } from '../errors.ts';

/** `yes` and `no` as a person says them, JSON otherwise. @throws HOLDFAST_CLI_USAGE */
export function valueOfAnswer(answer: string): JsonValue {
  const said = yesOrNo(answer);
  if (said !== undefined) return said;
  try {
    return jsonValue.parse(JSON.parse(answer));
  } catch (cause) {
    throw cliError('HOLDFAST_CLI_USAGE', `Cannot use answer ${JSON.stringify(answer)}: expected yes, no or JSON`, { cause });
  }
}

/** What a person said to a question; undefined for anything else. */
export function yesOrNo(answer: string): boolean | undefined {
  if (/^(yes|y|approve)$/iu.test(answer)) return true;
  return /^(no|n|reject)$/iu.test(answer) ? false : undefined;
}
