import type { ExecutionMode } from '@holdfast/protocol';
import type { ExecuteFn } from './cell.ts';

/** What takes long, and so may be cut off in the middle. */
export const defaultDurableModes: readonly ExecutionMode[] = ['top_level_await', 'blocking_sync'];

export interface MigrationAdapterOptions {
  /** Runs a cell as it always was. */
  readonly direct: ExecuteFn;
  /** Runs a cell so that it survives a crash. */
  readonly durable: ExecuteFn;
  /** How a cell would run, by its code. */
  readonly modeOf: (code: string) => ExecutionMode;
  /** `auto` goes by the mode. @default 'auto' */
  readonly use?: 'auto' | 'always' | 'never';
  /** Which modes are worth it. @default {@link defaultDurableModes} */
  readonly durableModes?: readonly ExecutionMode[];
}

/** Lets callers become durable piece by piece: one `execute`, of which each cell takes one way or the other. */
export class MigrationAdapter {
  readonly #options: MigrationAdapterOptions;
  readonly #durableModes: ReadonlySet<ExecutionMode>;

  constructor(options: MigrationAdapterOptions) {
    this.#options = options;
    this.#durableModes = new Set(options.durableModes ?? defaultDurableModes);
  }

  shouldUseDurable(mode: ExecutionMode): boolean {
    const { use = 'auto' } = this.#options;
    return use === 'always' || (use === 'auto' && this.#durableModes.has(mode));
  }

  readonly execute: ExecuteFn = (request, options) => {
    const { direct, durable, modeOf, use = 'auto' } = this.#options;
    const isDurable = use === 'auto' ? this.shouldUseDurable(modeOf(request.code)) : use === 'always';
    return (isDurable ? durable : direct)(request, options);
  };
}
