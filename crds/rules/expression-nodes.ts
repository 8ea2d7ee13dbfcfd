/** As much of a parsed CEL expression as c8s looks at by itself; what the parser makes fits. */
export interface ExpressionNode {
  readonly op: string
  readonly args: unknown
  readonly start: number
  readonly end: number
}

/** A call of a function, with the receiver of a method first among its operands; a macro's variable is among them, too. */
export interface Call {
  readonly name: string
  readonly receiver?: ExpressionNode
  readonly operands: readonly ExpressionNode[]
}

/** What of a name is read: `steps.unit` and `steps["unit"]`. */
export interface NamedRead {
  readonly variable: string
  readonly name: string
  readonly start: number
}

function isNode(value: unknown): value is ExpressionNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value
}

/** The nodes right below a node, in the order in which they stand. */
export function listChildren({ args }: ExpressionNode): readonly ExpressionNode[] {
  if (isNode(args)) return [args]
  return Array.isArray(args) ? args.flat(2).filter(isNode) : []
}

export function listNodes(node: ExpressionNode): readonly ExpressionNode[] {
  return [node, ...listChildren(node).flatMap(listNodes)]
}

export function toCall({ op, args }: ExpressionNode): Call | undefined {
  if (!Array.isArray(args) || typeof args[0] !== 'string') return undefined
  const [name] = args
  if (op === 'call') return { name, operands: toNodes(args[1]) }
  return op === 'rcall' && isNode(args[1]) ? { name, receiver: args[1], operands: toNodes(args[2]) } : undefined
}

function toNodes(value: unknown): readonly ExpressionNode[] {
  return Array.isArray(value) ? value.filter(isNode) : []
}

/** The variable that a node is, if it is one. */
export function toVariable({ op, args }: ExpressionNode): string | undefined {
  return op === 'id' && typeof args === 'string' ? args : undefined
}

/** Of `steps.unit` and `steps["unit"]`: which variable, and the name in it. */
export function toNamedRead(node: ExpressionNode): NamedRead | undefined {
  const { op, args, start } = node
  if ((op !== '.' && op !== '[]') || !Array.isArray(args)) return undefined
  const [of, key] = args as readonly unknown[]
  const variable = isNode(of) ? toVariable(of) : undefined
  const name = isNode(key) ? (key.op === 'value' ? key.args : undefined) : key
  return variable === undefined || typeof name !== 'string' ? undefined : { variable, name, start }
}
