// Everything that the package exports says what it is: every function and class, and every member of every public type has a
// docstring. Read by the TypeScript compiler from the entry points of package.json.

import * as fs from 'node:fs'
import * as path from 'node:path'
import ts from 'typescript'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('docstrings')

/** The source files of the package's entry points. */
function entryPoints(): readonly string[] {
  const { exports } = JSON.parse(fs.readFileSync('package.json', 'utf8')) as {
    exports: Record<string, string | { readonly default: string }>
  }
  return Object.values(exports).flatMap((target) =>
    typeof target === 'string' ? [] : [target.default.replace(/^\.\/dist\/(.*)\.js$/, '$1.ts')],
  )
}

function declarationsOf(files: readonly string[]): ReadonlySet<ts.Declaration> {
  const parsed = ts.getParsedCommandLineOfConfigFile(
    'tsconfig.json',
    {},
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => {} },
  )
  const program = ts.createProgram(files, parsed?.options ?? {})
  const checker = program.getTypeChecker()
  const found = new Set<ts.Declaration>()
  for (const file of files) {
    const source = program.getSourceFile(file)
    const module = source && checker.getSymbolAtLocation(source)
    if (module === undefined) throw new Error(`${file} is no module`)
    for (const exported of checker.getExportsOfModule(module)) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
      for (const declaration of symbol.declarations ?? []) found.add(declaration)
    }
  }
  return found
}

/** What has no docstring of a declaration and of the members within it. */
function undocumented(declaration: ts.Declaration): readonly string[] {
  const faults: string[] = []
  const note = (node: ts.Node, name: string): void => {
    if (ts.getJSDocCommentsAndTags(node).length === 0) faults.push(`${placeOf(node)} ${name}`)
  }
  const visit = (node: ts.Node): void => {
    // The inside of a function, the private parts of a class and the condition of a type are nobody else's concern.
    if (ts.isBlock(node) || ts.isConditionalTypeNode(node) || isPrivate(node)) return
    if (isMember(node)) {
      const name = node.name?.getText() ?? 'call'
      if (!isDiscriminator(node)) note(node, name)
      // The docstring of a member also describes an object that is written within it.
      return
    }
    if (ts.isUnionTypeNode(node)) {
      for (const [index, alternative] of node.types.entries()) {
        if (!hasDocstringBefore(alternative, node.types[index - 1]?.end ?? node.getFullStart())) visit(alternative)
      }
      return
    }
    ts.forEachChild(node, visit)
  }
  const name = ts.getNameOfDeclaration(declaration)?.getText() ?? ''
  if (ts.isFunctionDeclaration(declaration) || ts.isClassDeclaration(declaration)) note(declaration, name)
  if (ts.isVariableDeclaration(declaration)) note(declaration.parent.parent, name)
  else visit(declaration)
  return faults
}

function isMember(node: ts.Node): node is ts.PropertySignature | ts.MethodSignature | ts.ClassElement {
  return (
    ts.isPropertySignature(node) ||
    ts.isMethodSignature(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isPropertyDeclaration(node) ||
    ts.isGetAccessorDeclaration(node)
  )
}

/** A docstring above one alternative of a union describes its members. */
function hasDocstringBefore(node: ts.Node, from: number): boolean {
  return node.getSourceFile().text.slice(from, node.getStart()).includes('/**')
}

/** The `kind` of one alternative, whose name says it. */
function isDiscriminator(node: ts.Node): boolean {
  return (
    ts.isPropertySignature(node) &&
    node.name.getText() === 'kind' &&
    node.parent.parent.kind !== ts.SyntaxKind.InterfaceDeclaration
  )
}

function isPrivate(node: ts.Node): boolean {
  return ts.isClassElement(node) && node.name !== undefined && ts.isPrivateIdentifier(node.name)
}

function placeOf(node: ts.Node): string {
  const source = node.getSourceFile()
  const { line } = source.getLineAndCharacterOfPosition(node.getStart())
  return `${path.relative(process.cwd(), source.fileName)}:${line + 1}`
}

test('every export, and every member of every public type, has a docstring', () => {
  const declarations = [...declarationsOf(entryPoints())]
  assert.ok(declarations.length > 50, `only ${declarations.length} exports were looked at`)
  assert.equal(declarations.flatMap(undocumented).sort(), [])
})

test.run()
