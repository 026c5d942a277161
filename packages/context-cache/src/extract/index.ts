/**
 * Definitions and what they use, from TypeScript and JavaScript sources. For Node.
 *
 * @module
 */
export { openCodeProject, type CodeProject, type CodeProjectOptions, type ProjectContext, type ProjectContextInput } from './code-project.ts';
export { CodeIndex, type CodeIndexOptions, type IndexChange } from './code-index.ts';
export { indexDirectory, watchDirectory, type IndexDirectoryOptions, type WatchOptions } from './directory.ts';
export { parseSource } from './parse-source.ts';
export { linkByName } from './link-by-name.ts';
export { createTypeLinker, type TypeLinker } from './type-linker.ts';
export { type Link, type Linker } from './link.ts';
export { type Alias, type ProjectNames } from './project-names.ts';
export { type Definition, type DefinitionKind, type Export, type Import, type Reference, type SourceFacts, type Span } from './definition.ts';
export { CodeGraph, type RankRequest, type Ranking, type SeedReason } from '../rank/code-graph.ts';
export { buildCodeContext, type CodeContext, type CodeContextEntry, type CodeContextInput } from '../rank/code-context.ts';
