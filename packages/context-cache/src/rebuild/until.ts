/**
 * The instant up to which history counts, itself included, in epoch milliseconds: ISO 8601; a date without a time is the
 * end of that day in UTC.
 *
 * @throws RangeError for text that is neither
 */
export function untilMs(until: string | undefined): number {
  if (until === undefined) return Number.POSITIVE_INFINITY;
  const instant = Date.parse(/^\d{4}-\d{2}-\d{2}$/u.test(until) ? `${until}T23:59:59.999Z` : until);
  if (Number.isNaN(instant)) throw new RangeError(`Cannot rebuild until ${JSON.stringify(until)}: it is no ISO 8601 instant or date`);
  return instant;
}
