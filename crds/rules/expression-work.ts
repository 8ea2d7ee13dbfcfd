import { type ExpressionNode, listChildren, toCall, toVariable } from './expression-nodes.ts'

/** How large a value is at most: characters of a text, items of a list, fields of a record. */
export type Extent =
  | { readonly kind: 'text'; readonly chars: number }
  | { readonly kind: 'list' | 'record'; readonly items: number; readonly of: Extent }
  | { readonly kind: 'plain' }

export interface Estimate {
  /** One unit is a node looked at, or what takes as long: 64 characters compared, one character held against a glob's wildcard. */
  readonly work: number
  readonly extent: Extent
}

type Extents = Readonly<Record<string, Extent>>

const plain: Extent = { kind: 'plain' }
export const text = (chars: number): Extent => ({ kind: 'text', chars })
export const record = (items: number, of: Extent): Extent => ({ kind: 'record', items, of })
export const list = (items: number, of: Extent): Extent => ({ kind: 'list', items, of })

/** Characters that one step of a comparison gets through. */
const charsAtOnce = 64
/** Characters that are counted in one step: one by one, since some take two places. */
const countedAtOnce = 8

/**
 * The most work that an expression can be, by the sizes of its variables. There is no loop in CEL but over lists, so it is
 * found by going through the expression once; what is skipped by && and || is counted, too.
 */
export function estimateWork(node: ExpressionNode, extents: Extents): Estimate {
  const call = toCall(node)
  if (call?.receiver !== undefined && macros.has(call.name)) return estimateMacro(node, extents)
  const parts = listChildren(node).map((child) => estimateWork(child, extents))
  const below = 1 + parts.reduce((sum, { work }) => sum + work, 0)
  const sizes = parts.map(({ extent }) => extent)
  const own = call === undefined ? estimateOperator(node, sizes, extents) : estimateCall(call.name, node, sizes)
  return { work: below + own.work, extent: own.extent }
}

const macros: ReadonlySet<string> = new Set(['exists', 'all', 'exists_one', 'filter', 'map'])

/** `receiver.exists(name, body)`: the body once for each item; a map may have a filter before its body. */
function estimateMacro(node: ExpressionNode, extents: Extents): Estimate {
  const { receiver = node, operands = [], name } = toCall(node) ?? {}
  const over = estimateWork(receiver, extents)
  const items = over.extent.kind === 'list' ? over.extent.items : 1
  const [variable, ...bodies] = operands
  const item = over.extent.kind === 'list' ? over.extent.of : plain
  const within = { ...extents, [(variable && toVariable(variable)) ?? '']: item }
  const parts = bodies.map((body) => estimateWork(body, within))
  const once = 2 + parts.reduce((sum, { work }) => sum + work, 0)
  const made = name === 'map' ? list(items, parts.at(-1)?.extent ?? plain) : name === 'filter' ? over.extent : plain
  return { work: 1 + over.work + items * once, extent: made }
}

function estimateOperator({ op, args }: ExpressionNode, sizes: readonly Extent[], extents: Extents): Estimate {
  const [left = plain, right = plain] = sizes
  if (op === 'value') return { work: 0, extent: typeof args === 'string' ? text(args.length) : plain }
  if (op === 'id') return { work: 0, extent: extents[String(args)] ?? plain }
  const made = Object.hasOwn(makers, op) ? makers[op] : undefined
  if (made !== undefined) return { work: op === '+' ? weigh(made(sizes)) : 0, extent: made(sizes) }
  const isSearch = op === 'in' && right.kind === 'list'
  return { work: isSearch ? right.items * (1 + compare(left, right.of)) : compare(left, right), extent: plain }
}

const takeOut = ([from = plain]: readonly Extent[]) => (holds(from) ? from.of : plain)

/** Operators that make a value of some size. */
const makers: Readonly<Record<string, (sizes: readonly Extent[]) => Extent>> = {
  '.': takeOut,
  '[]': takeOut,
  '+': ([left = plain, right = plain]) => join(left, right),
  '?:': ([, yes = plain, no = plain]) => larger(yes, no),
  list: (sizes) => list(sizes.length, sizes.reduce(larger, plain)),
  map: (sizes) => record(sizes.length, sizes.reduce(larger, plain)),
}

function estimateCall(name: string, node: ExpressionNode, sizes: readonly Extent[]): Estimate {
  const [subject = plain, pattern = plain] = sizes
  const chars = countChars(subject)
  switch (name) {
    case 'contains':
      // A longer text is in no shorter one.
      return { work: (chars * Math.min(chars, countChars(pattern))) / charsAtOnce, extent: plain }
    case 'glob':
      return { work: chars * countWildcards(node, pattern), extent: plain }
    case 'split':
      return { work: chars, extent: list(chars + 1, subject) }
    case 'lowerAscii':
    case 'upperAscii':
    case 'trim':
      return { work: chars / charsAtOnce, extent: text(3 * chars) }
    case 'size':
      return { work: chars / countedAtOnce, extent: plain }
    case 'string':
      return { work: 0, extent: subject.kind === 'text' ? subject : text(32) }
    default:
      return { work: chars / charsAtOnce, extent: plain }
  }
}

/** A pattern that is written out is known; any other may be made of wildcards alone. Places of a glob move on 32 at once. */
function countWildcards(node: ExpressionNode, pattern: Extent): number {
  const [literal] = toCall(node)?.operands ?? []
  const written = literal?.op === 'value' && typeof literal.args === 'string' ? literal.args : undefined
  if (written === undefined) return 1 + countChars(pattern)
  return 1 + Math.max(written.match(/\*+/g)?.length ?? 0, Math.floor(written.length / 32))
}

const countChars = (extent: Extent) => (extent.kind === 'text' ? extent.chars : 0)

function compare(left: Extent, right: Extent): number {
  return Math.min(weigh(left), weigh(right))
}

function weigh(extent: Extent): number {
  if (extent.kind === 'text') return extent.chars / charsAtOnce
  return holds(extent) ? extent.items * (1 + weigh(extent.of)) : 0
}

function holds(extent: Extent): extent is Extract<Extent, { readonly items: number }> {
  return extent.kind === 'list' || extent.kind === 'record'
}

function join(left: Extent, right: Extent): Extent {
  if (left.kind === 'text' && right.kind === 'text') return text(left.chars + right.chars)
  if (left.kind === 'list' && right.kind === 'list') return list(left.items + right.items, larger(left.of, right.of))
  return plain
}

/** Of two branches the type checker has made one type. */
function larger(left: Extent, right: Extent): Extent {
  if (left.kind === 'text' && right.kind === 'text') return text(Math.max(left.chars, right.chars))
  if (holds(left) && holds(right))
    return { kind: left.kind, items: Math.max(left.items, right.items), of: larger(left.of, right.of) }
  return left.kind === 'plain' ? right : left
}
