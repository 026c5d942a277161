/** What a source file defines, and what it speaks of. Positions are UTF-16 offsets. */

export type DefinitionKind = 'function' | 'class' | 'method' | 'property' | 'interface' | 'type' | 'enum' | 'variable';

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Something with a name that code elsewhere can use. A member of a class or an interface is one of its own. */
export interface Definition extends Span {
  /** The path, `#`, the name: `src/parser.ts#Parser.parse`; a second one of the same name ends in `~2`. */
  readonly id: string;
  readonly path: string;
  readonly name: string;
  readonly kind: DefinitionKind;
  /** The class, interface or namespace that it is a member of. */
  readonly parent: string | null;
  /** What one must know to use it: everything up to the body, in one line where it was in one. */
  readonly signature: string;
  /** The first sentence of its comment. */
  readonly documentation: string;
  /**
   * The name of the type of its value or of what it returns, and of what a class extends, where the source says it. Empty
   * for a type of the language.
   */
  readonly type: string | null;
  /** Where its body is; null where it has none. A class has its members instead. */
  readonly body: Span | null;
}

/** That one definition uses a name. */
export interface Reference {
  /** Index of the definition in its file that uses it. */
  readonly owner: number;
  /** `name` is looked up in the file, `member` behind a dot, `own` behind `this`. */
  readonly kind: 'name' | 'member' | 'own';
  readonly name: string;
  /** The name before the dot, where it is one. */
  readonly object: string | null;
  /**
   * How what stands before the dot is come by: a name, `this` or a type (`:Order`), then the members on the way. A call
   * counts as what it gives. Null where that is not to be followed.
   */
  readonly ways: readonly string[] | null;
  /** How often, and how often of these in the body. */
  readonly count: number;
  readonly inBody: number;
}

export interface Import {
  readonly local: string;
  readonly from: string;
  /** `*` for the whole module, `export=` for what `module.exports` is. */
  readonly imported: string;
}

export interface Export {
  /** `*` where everything of another module is exported on, `export=` for what `module.exports` is. */
  readonly name: string;
  /** The module it comes from; null where it is from this file. */
  readonly from: string | null;
  /** What it is called there; `*` for the whole module. */
  readonly imported: string;
}

/** Everything that is known of one source file without looking at another. */
export interface SourceFacts {
  readonly path: string;
  /** SHA-256 of the text. */
  readonly contentHash: string;
  /** SHA-256 of the signatures: while it stays, nobody who uses the file has to look again. */
  readonly interfaceHash: string;
  readonly text: string;
  readonly definitions: readonly Definition[];
  readonly references: readonly Reference[];
  /** Names that stand for any type somewhere in it. */
  readonly typeParameters: ReadonlySet<string>;
  readonly imports: readonly Import[];
  readonly exports: readonly Export[];
  /** What the parser could not make sense of. */
  readonly problems: readonly string[];
}
