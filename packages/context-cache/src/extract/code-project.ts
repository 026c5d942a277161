/**
 * A project in a folder, and what a model needs to know of it: the index, the graph and the ranking behind one question.
 * Every question is answered from the files as they are when it is asked; what did not change is not read into the graph
 * again.
 */
import { buildCodeContext, type CodeContext, type CodeContextInput } from '../rank/code-context.ts';
import { CodeIndex, type CodeIndexOptions, type IndexChange } from './code-index.ts';
import { indexDirectory, type IndexDirectoryOptions } from './directory.ts';

export interface CodeProjectOptions extends CodeIndexOptions, IndexDirectoryOptions {
  /** The folder of the project. */
  readonly root: string;
}

export interface ProjectContextInput extends Omit<CodeContextInput, 'targets'> {
  /**
   * What is worked on: ids such as `src/order.ts#placeOrder`, paths of files, or names. What nothing in the project is
   * called is no error, because it may be what is about to be written. @default []
   */
  readonly targets?: readonly string[];
}

export interface ProjectContext extends CodeContext {
  /** The ids that the targets mean. */
  readonly targets: readonly string[];
  /** The targets that nothing in the project is called. */
  readonly unknown: readonly string[];
}

export interface CodeProject {
  readonly root: string;
  /** The index as it was when the project was last looked at. */
  readonly index: CodeIndex;
  /**
   * What is worth knowing for work on the targets, or, without any that are known, for what the query says; where its
   * words fit nothing, what the most others use (see `basis`). Its text is empty where the project has no sources.
   *
   * @throws RangeError for a budget or a ratio that is none
   * @throws HOLDFAST_CONTEXT_CACHE_CANNOT_READ where the folder is gone
   */
  context(input: ProjectContextInput): Promise<ProjectContext>;
  /** Looks at the folder and says what changed. `context` does so by itself. */
  refresh(): Promise<IndexChange>;
}

/**
 * Reads the sources of a project. It holds nothing open.
 *
 * @throws HOLDFAST_CONTEXT_CACHE_CANNOT_READ for a folder that cannot be read
 * @throws HOLDFAST_CONTEXT_CACHE_CANNOT_LINK where a type linker is given and there is no compiler
 */
export async function openCodeProject({ root, linker, ...reading }: CodeProjectOptions): Promise<CodeProject> {
  const index = new CodeIndex(linker && { linker });
  let looking: Promise<unknown> = Promise.resolve();
  // One look at a time: two that overlap could take an older text for the newer one.
  const refresh = async (): Promise<IndexChange> => {
    const change = looking.catch(() => undefined).then(async () => indexDirectory(index, root, reading));
    looking = change;
    return change;
  };
  const context = async ({ targets: names = [], ...input }: ProjectContextInput): Promise<ProjectContext> => {
    await refresh();
    const graph = await index.graph();
    const found = names.map((name) => ({ name, ids: graph.find(name) }));
    const targets = [...new Set(found.flatMap(({ ids }) => ids))];
    const unknown = found.filter(({ ids }) => ids.length === 0).map(({ name }) => name);
    return { ...buildCodeContext(graph, { ...input, targets }), targets, unknown };
  };
  await refresh();
  await index.graph();
  return { root, index, context, refresh };
}
