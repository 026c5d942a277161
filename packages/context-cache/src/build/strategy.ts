/** Moving from one way to build a context to another, with both watched side by side. */
export type ContextStrategy = 'flat' | 'graph' | 'shadow';

/** What both ways have in common. */
export interface ComparableContext {
  readonly text: string;
  readonly tokens: number;
}

export interface StrategyComparison {
  readonly flatTokens: number;
  readonly graphTokens: number;
  /** Shares of the given facts that each text holds; 1 where no facts are given. */
  readonly flatRetention: number;
  readonly graphRetention: number;
}

export interface StrategyOptions<Input, Context extends ComparableContext> {
  readonly flat: (input: Input) => Context;
  readonly graph: (input: Input) => Context;
  /** `shadow` gives the flat context and measures the other beside it. */
  readonly strategy: ContextStrategy;
  /** What should be found in the text. @default nothing */
  readonly facts?: (input: Input) => readonly string[];
  readonly onComparison?: (comparison: StrategyComparison) => void;
  /** Hears why the graph failed in `shadow`; the flat context is given nevertheless. */
  readonly onError?: (error: unknown) => void;
}

/** A builder that follows the strategy. */
export function chooseStrategy<Input, Context extends ComparableContext>(options: StrategyOptions<Input, Context>): (input: Input) => Context {
  const { flat, graph, strategy, facts = () => [], onComparison, onError } = options;
  if (strategy === 'flat') return flat;
  if (strategy === 'graph') return graph;
  return (input) => {
    const current = flat(input);
    try {
      const next = graph(input);
      const wanted = facts(input);
      onComparison?.({ flatTokens: current.tokens, graphTokens: next.tokens, flatRetention: retention(current.text, wanted), graphRetention: retention(next.text, wanted) });
    } catch (error) {
      onError?.(error);
    }
    return current;
  };
}

function retention(text: string, facts: readonly string[]): number {
  return facts.length === 0 ? 1 : facts.filter((fact) => text.includes(fact)).length / facts.length;
}
