/**
 * Fills a context level by level. First what is pinned, whole; then every section gets its floor, the most urgent section
 * first; then what is left goes to the sections in the same order; last, what is there in short is shown in more detail as
 * long as there is room. Ends at 80 % of the budget. Every step is counted over the whole text, so that the result is
 * within the budget however the estimator counts.
 */
import { isMoreUrgent, TaskPriority, type TaskPriorityName } from '@holdfast/protocol';
import { estimateTokens, type TokenEstimator } from '../tokens/estimator.ts';
import { largestFitting } from './fit.ts';
import { limitOf } from './limit.ts';

export type SectionPriority = Exclude<TaskPriorityName, 'BACKGROUND'>;

/** One thing that may get into a context. */
export interface ContextItem {
  readonly id: string;
  readonly section: string;
  /** The shortest first; each says the same in more detail. */
  readonly forms: readonly string[];
  /** Decides who comes first in its section. @default 0 */
  readonly score?: number;
  /** In full or not at all, and before everything else. @default false */
  readonly pinned?: boolean;
  /** Why it is wanted, for the trace. @default '' */
  readonly why?: string;
}

export interface ContextSection {
  readonly name: string;
  readonly priority: SectionPriority;
  /** What it gets before less urgent sections take the rest. @default 0 */
  readonly floorTokens?: number;
}

export interface HierarchyInput {
  readonly sections: readonly ContextSection[];
  readonly items: readonly ContextItem[];
  readonly budgetTokens: number;
  /** @default 0.8 */
  readonly fillRatio?: number;
  /** @default estimateTokens */
  readonly estimator?: TokenEstimator;
  /** Stands before everything: the same text each time, so that a provider can keep it. @default '' */
  readonly prefix?: string;
}

export interface HierarchyContext {
  readonly text: string;
  readonly tokens: number;
  readonly sections: readonly { readonly name: string; readonly priority: SectionPriority; readonly text: string; readonly tokens: number }[];
  /** What is in it, in the order of the text. */
  readonly trace: readonly { readonly id: string; readonly section: string; readonly form: number; readonly tokens: number; readonly why: string }[];
  /** What is not, the most urgent first, with what it would cost. */
  readonly omitted: readonly { readonly id: string; readonly section: string; readonly tokens: number; readonly reason: 'no room' | 'cut' | 'unknown section' }[];
}

/** @throws RangeError for a budget or a ratio that is none */
export function buildHierarchy(input: HierarchyInput): HierarchyContext {
  const filling = new Filling(input);
  for (const item of filling.inOrder.filter(({ pinned }) => pinned === true)) filling.place(item, item.forms.length - 1);
  for (const { name, floorTokens = 0 } of filling.sections) for (const item of filling.itemsOf(name)) if (filling.tokensOf(name) < floorTokens) filling.placeShort(item);
  for (const { name } of filling.sections) for (const item of filling.itemsOf(name)) filling.placeShort(item);
  filling.cutMostUrgent();
  for (const item of filling.inOrder) filling.enrich(item);
  return filling.result();
}

class Filling {
  readonly sections: readonly ContextSection[];
  readonly inOrder: readonly ContextItem[];
  readonly #input: HierarchyInput;
  readonly #estimator: TokenEstimator;
  readonly #limit: number;
  /** The text of each item that is in, by id. */
  readonly #placed = new Map<string, { readonly text: string; readonly form: number }>();
  readonly #cut = new Set<string>();
  readonly #bySection: ReadonlyMap<string, readonly ContextItem[]>;
  readonly #price = new Map<string, number>();

  constructor(input: HierarchyInput) {
    const { budgetTokens, fillRatio = 0.8, estimator = estimateTokens } = input;
    this.#input = input;
    this.#estimator = estimator;
    this.#limit = limitOf(budgetTokens, fillRatio, estimator);
    this.sections = input.sections.toSorted((left, right) => Number(isMoreUrgent(TaskPriority[right.priority], TaskPriority[left.priority])) - Number(isMoreUrgent(TaskPriority[left.priority], TaskPriority[right.priority])));
    const unique = new Map(input.items.map((item) => [`${item.section}\n${item.id}`, item]));
    this.#bySection = Map.groupBy([...unique.values()].toSorted((left, right) => (right.score ?? 0) - (left.score ?? 0)), ({ section }) => section);
    this.inOrder = this.sections.flatMap(({ name }) => this.itemsOf(name));
  }

  itemsOf(section: string): readonly ContextItem[] {
    return this.#bySection.get(section) ?? [];
  }

  tokensOf(section: string): number {
    return this.itemsOf(section).reduce((sum, item) => sum + (this.#placed.has(keyOf(item)) ? this.#count(this.#placed.get(keyOf(item))?.text ?? '') : 0), 0);
  }

  place(item: ContextItem, form: number): boolean {
    return this.#placeText(item, item.forms[form] ?? '', form);
  }

  /** In the second shortest form, else the shortest. */
  placeShort(item: ContextItem): void {
    if (this.#placed.has(keyOf(item)) || item.pinned === true) return;
    if (!this.place(item, Math.min(1, item.forms.length - 1))) this.place(item, 0);
  }

  /** In as much detail as there is room for. */
  enrich(item: ContextItem): void {
    const placed = this.#placed.get(keyOf(item));
    if (!placed || this.#cut.has(keyOf(item))) return;
    for (let form = item.forms.length - 1; form > placed.form; form -= 1) if (this.place(item, form)) return;
  }

  /** Where not even the most urgent section fits, the first of what is missing is cut at the end of a line or a word. */
  cutMostUrgent(): void {
    const [first] = this.sections;
    const missing = first && this.itemsOf(first.name).find((item) => !this.#placed.has(keyOf(item)));
    if (!missing) return;
    const text = missing.forms.at(-1) ?? '';
    for (const separator of ['\n', ' ']) {
      const parts = text.split(separator);
      const cut = (count: number): string => `${parts.slice(0, count).join(separator)} […]`;
      const kept = largestFitting(parts.length - 1, (count) => count === 0 || this.#fits(missing, cut(count))) ?? 0;
      if (kept === 0 || !this.#placeText(missing, cut(kept), 0)) continue;
      this.#cut.add(keyOf(missing));
      return;
    }
  }

  result(): HierarchyContext {
    const sections = this.sections.map(({ name, priority }) => {
      const text = this.#sectionText(name, this.#placed);
      return { name, priority, text, tokens: this.#count(text) };
    });
    const trace = this.inOrder.flatMap((item) => {
      const placed = this.#placed.get(keyOf(item));
      return placed ? [{ id: item.id, section: item.section, form: placed.form, tokens: this.#count(placed.text), why: item.why ?? '' }] : [];
    });
    const omitted = this.inOrder.flatMap((item) => {
      const isCut = this.#cut.has(keyOf(item));
      if (this.#placed.has(keyOf(item)) && !isCut) return [];
      const reason = isCut ? ('cut' as const) : ('no room' as const);
      return [{ id: item.id, section: item.section, tokens: this.#count(item.forms.at(-1) ?? ''), reason }];
    });
    const known = new Set(this.sections.map(({ name }) => name));
    const lost = this.#input.items
      .filter(({ section }) => !known.has(section))
      .map((item) => ({ id: item.id, section: item.section, tokens: this.#count(item.forms.at(-1) ?? ''), reason: 'unknown section' as const }));
    const text = this.#text(this.#placed);
    return { text, tokens: this.#count(text), sections, trace, omitted: [...omitted, ...lost] };
  }

  #placeText(item: ContextItem, text: string, form: number): boolean {
    if (!this.#fits(item, text)) return false;
    this.#placed.set(keyOf(item), { text, form });
    return true;
  }

  /** Asks cheaply first: what is far from fitting is not counted as a whole. */
  #fits(item: ContextItem, text: string): boolean {
    const placed = new Map(this.#placed).set(keyOf(item), { text, form: 0 });
    return this.#estimator(this.#text(placed)) <= this.#limit;
  }

  #text(placed: ReadonlyMap<string, { readonly text: string }>): string {
    const texts = this.sections.map(({ name }) => this.#sectionText(name, placed));
    return [this.#input.prefix ?? '', ...texts].filter((text) => text !== '').join('\n\n');
  }

  #sectionText(name: string, placed: ReadonlyMap<string, { readonly text: string }>): string {
    const texts = this.itemsOf(name).flatMap((item) => placed.get(keyOf(item))?.text ?? []);
    return texts.length === 0 ? '' : `## ${name}\n${texts.join('\n')}`;
  }

  #count(text: string): number {
    const known = this.#price.get(text);
    if (known !== undefined) return known;
    const tokens = this.#estimator(text);
    this.#price.set(text, tokens);
    return tokens;
  }
}

function keyOf({ section, id }: ContextItem): string {
  return `${section}\n${id}`;
}
