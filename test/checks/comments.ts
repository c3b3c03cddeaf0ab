// The comments of a source file, as the TypeScript scanner finds them. Called by the checks of comments.

import ts from 'typescript'

export interface Comment {
  /** 1-based line on which it begins. */
  readonly line: number
  /** Complete, with its `//` or `/* … *\/`; consecutive line comments are separate. */
  readonly text: string
}

export function commentsOf(fileName: string, text: string): readonly Comment[] {
  const source = ts.createSourceFile(fileName, text, ts.ScriptTarget.Latest)
  const found = new Map<number, Comment>()
  const collect = (ranges: readonly ts.CommentRange[] | undefined): void => {
    for (const { pos, end } of ranges ?? []) {
      found.set(pos, { line: source.getLineAndCharacterOfPosition(pos).line + 1, text: text.slice(pos, end) })
    }
  }
  const visit = (node: ts.Node): void => {
    // A comment belongs to a token, and only `getChildren` answers tokens. Text within a template is none.
    if (node.kind < ts.SyntaxKind.FirstNode || node.kind === ts.SyntaxKind.EndOfFileToken) {
      if (node.kind !== ts.SyntaxKind.TemplateMiddle && node.kind !== ts.SyntaxKind.TemplateTail) {
        collect(ts.getLeadingCommentRanges(text, node.pos))
      }
      collect(ts.getTrailingCommentRanges(text, node.end))
    }
    for (const child of node.getChildren(source)) visit(child)
  }
  visit(source)
  return [...found.values()].sort((one, other) => one.line - other.line)
}
