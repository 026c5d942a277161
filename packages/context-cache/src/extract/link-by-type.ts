/**
 * Links definitions by what the TypeScript compiler says the names mean: through aliases to the declaration, to the
 * overload that is called, to members through the types of values. Slower than by name, and 3 to 8 of 100 needed
 * definitions better. It wants the package `typescript` in version 6: version 7 has no compiler interface.
 */
import { extname } from 'node:path';
import type ts from 'typescript';
import type { Definition, SourceFacts } from './definition.ts';
import { LinkCounter, type Link } from './link.ts';
import { Modules } from './modules.ts';
import type { ProjectNames } from './project-names.ts';

/** A name in a source and the declaration it means. */
export interface ResolvedName {
  readonly path: string;
  readonly position: number;
  readonly name: string;
  readonly targetPath: string;
  readonly targetPosition: number;
}

export interface TypedProject {
  /** The folder of the project. */
  readonly root: string;
  readonly sources: readonly SourceFacts[];
  readonly names?: ProjectNames;
  /** What was linked before, of which what did not change is used again. */
  readonly previous?: ts.Program;
}

/** Every name in the sources whose declaration is in the sources. Positions are offsets into the texts. */
export function* resolveNames(compiler: typeof ts, project: TypedProject): Generator<ResolvedName, ts.Program> {
  const { root, sources, previous } = project;
  const paths = new Map(sources.map(({ path }) => [`${root}/${path}`, path]));
  const program = compiler.createProgram({ rootNames: [...paths.keys()], options: optionsFor(compiler), host: hostFor(compiler, project), ...(previous && { oldProgram: previous }) });
  const checker = program.getTypeChecker();
  for (const [fullPath, path] of paths) {
    const file = program.getSourceFile(fullPath);
    if (!file) continue;
    const pending: ts.Node[] = [file];
    for (let node = pending.pop(); node; node = pending.pop()) {
      compiler.forEachChild(node, (child) => void pending.push(child));
      if (!compiler.isIdentifier(node) && !compiler.isPrivateIdentifier(node)) continue;
      for (const declaration of declarationsOf(compiler, checker, node)) {
        const targetPath = paths.get(declaration.getSourceFile().fileName);
        const named = compiler.getNameOfDeclaration(declaration) ?? declaration;
        const targetPosition = named.getStart();
        if (targetPath === undefined || (targetPath === path && targetPosition === node.getStart())) continue;
        yield { path, position: node.getStart(), name: node.text, targetPath, targetPosition };
      }
    }
  }
  return program;
}

export function linkByType(compiler: typeof ts, project: TypedProject): { readonly links: readonly Link[]; readonly program: ts.Program } {
  const files = new Map(project.sources.map((source) => [source.path, new DefinitionFinder(source)]));
  const counter = new LinkCounter();
  const names = resolveNames(compiler, project);
  for (let next = names.next(); ; next = names.next()) {
    if (next.done === true) return { links: counter.links(), program: next.value };
    const { path, position, targetPath, targetPosition } = next.value;
    const [from, to] = [files.get(path)?.at(position), files.get(targetPath)?.at(targetPosition)];
    if (from && to) counter.add(from.id, to.id, 1, from.body && position >= from.body.start && position < from.body.end ? 1 : 0);
  }
}

/** Finds the innermost definition around a position. */
export class DefinitionFinder {
  readonly #definitions: readonly Definition[];

  constructor({ definitions }: SourceFacts) {
    this.#definitions = definitions.toSorted((left, right) => left.start - right.start || right.end - left.end);
  }

  at(position: number): Definition | undefined {
    return this.#definitions.findLast(({ start, end }) => position >= start && position < end);
  }
}

function declarationsOf(compiler: typeof ts, checker: ts.TypeChecker, node: ts.Node): readonly ts.Declaration[] {
  const call = callOf(compiler, node);
  const called = call && checker.getResolvedSignature(call)?.declaration;
  if (called && !compiler.isJSDocSignature(called) && compiler.getNameOfDeclaration(called)) return [called];
  if (called && compiler.isConstructorDeclaration(called)) return [called];
  const symbol = symbolAt(compiler, checker, node);
  const declarations = symbol?.declarations ?? [];
  if (call && declarations.length > 1) return declarations.slice(0, 1);
  return declarations.slice(0, 3);
}

function symbolAt(compiler: typeof ts, checker: ts.TypeChecker, node: ts.Node): ts.Symbol | undefined {
  const shorthand = compiler.isShorthandPropertyAssignment(node.parent) ? checker.getShorthandAssignmentValueSymbol(node.parent) : undefined;
  const symbol = shorthand ?? checker.getSymbolAtLocation(node);
  return symbol && symbol.flags & compiler.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

/** The call or the `new` whose callee this name ends. */
function callOf(compiler: typeof ts, node: ts.Node): ts.CallExpression | ts.NewExpression | undefined {
  const callee = compiler.isPropertyAccessExpression(node.parent) && node.parent.name === node ? node.parent : node;
  const call = callee.parent;
  return (compiler.isCallExpression(call) || compiler.isNewExpression(call)) && call.expression === callee ? call : undefined;
}

function optionsFor(compiler: typeof ts): ts.CompilerOptions {
  return {
    target: compiler.ScriptTarget.ESNext,
    module: compiler.ModuleKind.ESNext,
    moduleResolution: compiler.ModuleResolutionKind.Bundler,
    allowJs: true,
    allowImportingTsExtensions: true,
    jsx: compiler.JsxEmit.Preserve,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
  };
}

/** Sources come from the index, so that what is linked is what was parsed; everything else from the disk. */
function hostFor(compiler: typeof ts, { root, sources, names }: TypedProject): ts.CompilerHost {
  const modules = new Modules(sources, names);
  const texts = new Map(sources.map((source) => [`${root}/${source.path}`, source]));
  const host = compiler.createCompilerHost(optionsFor(compiler), true);
  const readSource = host.getSourceFile.bind(host);
  const folders = new Set([...texts.keys()].flatMap((path) => path.split('/').map((_, depth, parts) => parts.slice(0, depth).join('/'))));
  return {
    ...host,
    fileExists: (path) => texts.has(path) || host.fileExists(path),
    directoryExists: (path) => folders.has(path) || host.directoryExists?.(path) === true,
    readFile: (path) => texts.get(path)?.text ?? host.readFile(path),
    resolveModuleNameLiterals: (literals, fromPath, _redirected, options) =>
      literals.map(({ text }) => {
        const path = fromPath.startsWith(`${root}/`) ? modules.resolve(fromPath.slice(root.length + 1), text) : undefined;
        if (path === undefined) return compiler.resolveModuleName(text, fromPath, options, host);
        return { resolvedModule: { resolvedFileName: `${root}/${path}`, extension: extname(path), resolvedUsingTsExtension: false } };
      }),
    getSourceFile: (path, language, ...rest) => {
      const source = texts.get(path);
      if (!source) return readSource(path, language, ...rest);
      return Object.assign(compiler.createSourceFile(path, source.text, language, true), { version: source.contentHash });
    },
  };
}
