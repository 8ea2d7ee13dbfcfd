import { quoteValue } from '../../src/lib/field-error.ts'
import { findNearest } from '../../src/lib/nearest.ts'
import { type ExpressionNode, listChildren, listNodes, toCall, toNamedRead, toVariable } from './expression-nodes.ts'
import type { ExpressionProblem } from './expression-words.ts'

type Found = ExpressionProblem & { readonly start: number }

const functions = new Set(['has', 'size', 'string', 'int', 'double', 'bool'])
const macros = new Set(['exists', 'all', 'exists_one', 'filter', 'map'])
const methods = new Set([
  'contains',
  'endsWith',
  'glob',
  'lowerAscii',
  'size',
  'split',
  'startsWith',
  'trim',
  'upperAscii',
  ...macros,
])

/**
 * The part of CEL that conditions have: what takes a time that can be told beforehand, and reads nothing but its variables.
 * No matches: the library's are regular expressions of JavaScript, which may take for ever (docs/adr/0133).
 */
export function findForbidden(ast: ExpressionNode, variables: readonly string[]): Found | undefined {
  const nodes = listNodes(ast)
  for (const node of nodes) {
    const found = findForbiddenCall(node) ?? findShadow(node, variables) ?? findSplitter(node)
    if (found !== undefined) return found
  }
  return findUnknown(nodes, variables) ?? findBareSteps(nodes)
}

function findForbiddenCall(node: ExpressionNode): Found | undefined {
  const call = toCall(node)
  const known = call?.receiver === undefined ? functions : methods
  if (call === undefined || known.has(call.name)) return undefined
  const nearest = findNearest(call.name, known)
  const message = `conditions have no function ${quoteValue(call.name)}`
  if (call.name === 'matches') return { start: node.start, message, hint: 'use glob, as in branch.glob("release-*")' }
  const hint = nearest === undefined ? `they have ${[...known].join(', ')}` : `did you mean ${nearest}?`
  return { start: node.start, message, hint }
}

/** A name of its own in exists and the like that is a variable's would hide that one from everything that looks for it. */
function findShadow(node: ExpressionNode, variables: readonly string[]): Found | undefined {
  const first = findOwnName(node)
  const name = first === undefined ? undefined : toVariable(first)
  if (first === undefined || name === undefined || !variables.includes(name)) return undefined
  return { start: first.start, message: `${quoteValue(name)} is a variable already`, hint: 'give it another name' }
}

/** The name that exists and the like give to an item. */
function findOwnName(node: ExpressionNode): ExpressionNode | undefined {
  const call = toCall(node)
  return call !== undefined && macros.has(call.name) ? call.operands[0] : undefined
}

/** What stands between parts has to be a text of at least one character, so that there are not more parts than characters. */
function findSplitter(node: ExpressionNode): Found | undefined {
  const call = toCall(node)
  if (call?.name !== 'split') return undefined
  const [separator] = call.operands
  if (call.operands.length === 1 && separator?.op === 'value' && separator.args !== '') return undefined
  return { start: node.start, message: 'split takes one text, written out, such as split(",")' }
}

/** Names that the library has of its own, such as google, are not for conditions. */
function findUnknown(nodes: readonly ExpressionNode[], variables: readonly string[]): Found | undefined {
  const own = nodes.flatMap((node) => findOwnName(node) ?? [])
  const known = new Set([...variables, ...own.flatMap((node) => toVariable(node) ?? [])])
  const found = nodes.find((node) => !known.has(toVariable(node) ?? variables[0] ?? ''))
  if (found === undefined) return undefined
  const name = toVariable(found) ?? ''
  const nearest = findNearest(name, known)
  const hint = nearest === undefined ? `there are ${[...known].join(', ')}` : `did you mean ${nearest}?`
  return { start: found.start, message: `there is no variable ${quoteValue(name)}`, hint }
}

/** Which steps are read must be known when the pipeline is written: the condition waits for them. */
function findBareSteps(nodes: readonly ExpressionNode[]): Found | undefined {
  const named = new Set(nodes.filter((node) => toNamedRead(node)?.variable === 'steps').flatMap(listChildren))
  const found = nodes.find((node) => toVariable(node) === 'steps' && !named.has(node))
  if (found === undefined) return undefined
  const message = 'steps must be followed by the name of a step, written out'
  return { start: found.start, message, hint: 'as in steps.unit.phase, or steps["unit-test"].phase' }
}
