/**
 * What waits, by priority: a FIFO list for each level, so that adding, taking and leaving cost the same however long
 * the line is. A heap would make leaving in the middle expensive; an array would make it linear.
 */
import { TaskPriority, type TaskPriorityName } from '@holdfast/protocol';
import { levels, rankOf } from './priority.ts';

/** Something that can stand in a {@link Line}, in one at a time. The line alone writes the last three. */
export interface LineMember<Member> {
  readonly priority: TaskPriority;
  /** Who came earlier has a lower number. */
  readonly order: number;
  /** Since when it waits, in epoch milliseconds. */
  readonly since: number;
  previous: Member | undefined;
  next: Member | undefined;
  isInLine: boolean;
}

/** The most urgent first, and in order of arrival within one level. */
export class Line<Member extends LineMember<Member>> {
  readonly #lanes = levels.map(() => new Lane<Member>());
  readonly #agingMs: number;
  #size = 0;

  /** With `agingMs`, who waits counts as one level more urgent for each such time, up to HIGH. */
  constructor({ agingMs = Number.POSITIVE_INFINITY }: { readonly agingMs?: number } = {}) {
    this.#agingMs = agingMs;
  }

  get size(): number {
    return this.#size;
  }

  /** How many stand on each level. */
  sizes(): Record<TaskPriorityName, number> {
    const [critical, high, medium, low, background] = this.#lanes;
    return { CRITICAL: critical?.size ?? 0, HIGH: high?.size ?? 0, MEDIUM: medium?.size ?? 0, LOW: low?.size ?? 0, BACKGROUND: background?.size ?? 0 };
  }

  /** To the end of its level. */
  push(member: Member): void {
    this.#laneOf(member).push(member);
    this.#size += 1;
  }

  /** To the beginning of its level: for who stood there before. */
  unshift(member: Member): void {
    this.#laneOf(member).unshift(member);
    this.#size += 1;
  }

  /** The one whose turn it is, removed. The time is asked for only where age counts. */
  take(clock: { now(): number }): Member | undefined {
    const member = this.#agingMs === Number.POSITIVE_INFINITY ? this.#mostUrgent() : this.#mostUrgentByAge(clock.now());
    if (member) this.remove(member);
    return member;
  }

  remove(member: Member): void {
    this.#laneOf(member).remove(member);
    this.#size -= 1;
  }

  /** Since when the one who has waited longest waits; undefined where nobody does. */
  oldestSince(): number | undefined {
    const heads = this.#lanes.flatMap(({ first }) => first?.since ?? []);
    return heads.length === 0 ? undefined : Math.min(...heads);
  }

  #mostUrgent(): Member | undefined {
    for (const lane of this.#lanes) if (lane.first) return lane.first;
    return undefined;
  }

  /** Only the first of each level need be looked at: behind it stand younger ones. */
  #mostUrgentByAge(nowMs: number): Member | undefined {
    let best: Member | undefined;
    for (const { first } of this.#lanes) {
      if (first && (!best || this.#rank(first, nowMs) < this.#rank(best, nowMs) || (this.#rank(first, nowMs) === this.#rank(best, nowMs) && first.order < best.order))) {
        best = first;
      }
    }
    return best;
  }

  #rank({ priority, since }: Member, nowMs: number): number {
    const level = rankOf(priority);
    const risen = level - Math.floor((nowMs - since) / this.#agingMs);
    return Math.min(level, Math.max(risen, rankOf(TaskPriority.HIGH)));
  }

  #laneOf({ priority }: Member): Lane<Member> {
    const lane = this.#lanes[rankOf(priority)];
    if (!lane) throw new RangeError(`Cannot line up with priority ${priority}`);
    return lane;
  }
}

/** A doubly linked list through its members. */
class Lane<Member extends LineMember<Member>> {
  first: Member | undefined;
  #last: Member | undefined;
  size = 0;

  push(member: Member): void {
    member.previous = this.#last;
    member.next = undefined;
    if (this.#last) this.#last.next = member;
    else this.first = member;
    this.#last = member;
    this.#added(member);
  }

  unshift(member: Member): void {
    member.previous = undefined;
    member.next = this.first;
    if (this.first) this.first.previous = member;
    else this.#last = member;
    this.first = member;
    this.#added(member);
  }

  remove(member: Member): void {
    if (member.previous) member.previous.next = member.next;
    else this.first = member.next;
    if (member.next) member.next.previous = member.previous;
    else this.#last = member.previous;
    member.previous = undefined;
    member.next = undefined;
    member.isInLine = false;
    this.size -= 1;
  }

  #added(member: Member): void {
    member.isInLine = true;
    this.size += 1;
  }
}
