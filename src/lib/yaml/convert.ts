import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
  type YAMLMap,
} from 'yaml'
import { joinPath } from '../field-error.ts'
import { type YamlProblem, yamlLimits } from './scan.ts'

/** Line of every field, by its path. */
export type LineIndex = ReadonlyMap<string, number>

export interface Converted {
  readonly value: unknown
  readonly index: LineIndex
  readonly problems: readonly YamlProblem[]
}

/** A document as plain values, each alias written out, with what is wrong on the way. */
export function convertNode(document: Document.Parsed, lines: LineCounter): Converted {
  const converter = new Converter(document, lines)
  const value = converter.convert(document.contents, { path: '', depth: 1 })
  return { value, index: converter.index, problems: converter.problems }
}

interface Place {
  readonly path: string
  readonly depth: number
}

class Converter {
  readonly index = new Map<string, number>()
  readonly problems: YamlProblem[] = []
  readonly #document: Document.Parsed
  readonly #lines: LineCounter
  /** Anchored nodes that are being written out: an alias to one of them would never end. */
  readonly #open = new Set<Node>()
  #values = 0

  constructor(document: Document.Parsed, lines: LineCounter) {
    this.#document = document
    this.#lines = lines
  }

  convert(node: Node | null | undefined, place: Place): unknown {
    if (node === null || node === undefined) return null
    this.#values += 1
    if (!this.index.has(place.path)) this.index.set(place.path, this.#lineOf(node))
    if (this.#values > yamlLimits.values)
      return this.#refuse(node, `more than ${yamlLimits.values} values, with each alias written out`)
    if (place.depth > yamlLimits.depth)
      return this.#refuse(node, `values nested deeper than ${yamlLimits.depth} levels`)
    if (isAlias(node)) return this.#convertAlias(node, place)
    if (isScalar(node)) return this.#convertScalar(node.value, node)
    return this.#convertCollection(node, place)
  }

  #convertCollection(node: Node, { path, depth }: Place): unknown {
    this.#open.add(node)
    let value: unknown = null
    if (isMap(node)) value = this.#convertMap(node, { path, depth })
    if (isSeq<Node>(node))
      value = node.items.map((item, at) => this.convert(item, { path: `${path}[${at}]`, depth: depth + 1 }))
    this.#open.delete(node)
    return value
  }

  #convertMap(node: YAMLMap, { path, depth }: Place): unknown {
    const entries = new Map<string, unknown>()
    for (const { key, value } of node.items) {
      const name = isScalar(key) && typeof key.value === 'string' ? key.value : undefined
      const problem = describeKey(name, entries)
      if (name === undefined || problem !== undefined) {
        this.#refuse(key as Node, problem ?? 'a key that is not text: put it in quotes')
        continue
      }
      const inner = /^[A-Za-z_$][\w$]*$/.test(name) ? joinPath(path, name) : `${path}[${name}]`
      this.index.set(inner, this.#lineOf(key as Node))
      entries.set(name, this.convert(value as Node | null, { path: inner, depth: depth + 1 }))
    }
    return Object.fromEntries(entries)
  }

  #convertAlias(alias: Alias, place: Place): unknown {
    const target = alias.resolve(this.#document)
    if (target === undefined) return this.#refuse(alias, `an alias to ${alias.source}, which is no anchor before it`)
    if (this.#open.has(target)) return this.#refuse(alias, `an alias to ${alias.source}, which holds the alias itself`)
    return this.convert(target, place)
  }

  #convertScalar(value: unknown, node: Node): unknown {
    if (typeof value === 'number' && !Number.isFinite(value))
      return this.#refuse(node, 'a number that JSON does not have')
    return typeof value === 'bigint' ? Number(value) : value
  }

  #refuse(node: Node, message: string): null {
    // One bomb is one problem, not one for each of its values.
    if (this.problems.at(-1)?.message !== message) this.problems.push({ line: this.#lineOf(node), message })
    return null
  }

  #lineOf(node: Node): number {
    return this.#lines.linePos(node.range?.[0] ?? 0).line
  }
}

function describeKey(name: string | undefined, entries: ReadonlyMap<string, unknown>): string | undefined {
  if (name === '__proto__') return 'a key named __proto__'
  if (name === '<<') return 'a merge key (<<): tools read it differently, so write the fields out'
  return name !== undefined && entries.has(name)
    ? `the key ${JSON.stringify(name.slice(0, 60))} is given twice`
    : undefined
}
