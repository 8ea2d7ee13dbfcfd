import { CST, Lexer } from 'yaml'

/** What a file may hold before it is worth parsing at all; see docs/limits.md. */
export const yamlLimits = {
  bytes: 1024 * 1024,
  /** Tokens of the lexer; a step of ten lines has about 60. */
  tokens: 300_000,
  /** Fields, items and texts, aliases written out. */
  values: 100_000,
  /** Anchors, and places that repeat one. */
  aliases: 100,
  depth: 50,
  documents: 1000,
} as const

/** Something that is wrong with a file as YAML. */
export interface YamlProblem {
  /** From 1. */
  readonly line: number
  readonly message: string
}

interface Count {
  readonly types: readonly string[]
  readonly most: number
  readonly message: string
}

/** Each counted over the whole file. */
const counts: readonly Count[] = [
  { types: ['anchor'], most: yamlLimits.aliases, message: `more than ${yamlLimits.aliases} anchors` },
  { types: ['alias'], most: yamlLimits.aliases, message: `more than ${yamlLimits.aliases} aliases` },
  { types: ['doc-start'], most: yamlLimits.documents, message: `more than ${yamlLimits.documents} documents` },
  { types: ['tag'], most: 0, message: 'a tag: types are told from the value alone, so leave it out' },
]

/**
 * Looks at the tokens of a text before it is parsed: parsers of YAML take quadratic time or overflow the stack on texts
 * that are only made for it (100,000 anchors in a row, or brackets). Takes time linear in the text, and stops early.
 */
export function scanYaml(text: string): YamlProblem | undefined {
  if (Buffer.byteLength(text) > yamlLimits.bytes)
    return { line: 1, message: `the file is larger than ${yamlLimits.bytes} bytes` }
  const state = new ScanState()
  for (const token of new Lexer().lex(text)) {
    const message = state.see(CST.tokenType(token) ?? '', token)
    if (message !== undefined) return { line: state.line, message }
  }
  return undefined
}

class ScanState {
  line = 1
  #tokens = 0
  #flowDepth = 0
  /** Indicators such as `- - -`, each a level, since the line began. */
  #indicators = 0
  readonly #seen = new Map<string, number>()

  /** Why the scan ends here; undefined where it goes on. */
  see(type: string, token: string): string | undefined {
    this.#tokens += 1
    if (this.#tokens > yamlLimits.tokens) return 'the file holds too many values'
    const problem = this.#count(type) ?? this.#measureDepth(type)
    if (problem === undefined) this.line += countLines(token)
    return problem
  }

  #count(type: string): string | undefined {
    const found = counts.find(({ types }) => types.includes(type))
    if (found === undefined) return undefined
    const seen = (this.#seen.get(type) ?? 0) + 1
    this.#seen.set(type, seen)
    return seen > found.most ? found.message : undefined
  }

  #measureDepth(type: string): string | undefined {
    if (type.startsWith('flow-') && type.endsWith('-start')) this.#flowDepth += 1
    if (type.startsWith('flow-') && type.endsWith('-end')) this.#flowDepth -= 1
    if (type === 'seq-item-ind' || type === 'explicit-key-ind') this.#indicators += 1
    if (type === 'newline') this.#indicators = 0
    const isDeep = this.#flowDepth > yamlLimits.depth || this.#indicators > yamlLimits.depth
    return isDeep ? `values nested deeper than ${yamlLimits.depth} levels` : undefined
  }
}

function countLines(token: string): number {
  let count = 0
  for (let at = token.indexOf('\n'); at !== -1; at = token.indexOf('\n', at + 1)) count += 1
  return count
}
