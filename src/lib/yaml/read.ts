import { type Document, isScalar, LineCounter, parseAllDocuments, type Tags } from 'yaml'
import { convertNode, type LineIndex } from './convert.ts'
import { scanYaml, type YamlProblem } from './scan.ts'

export interface YamlDocument {
  readonly value: unknown
  /** Line, from 1, on which the document starts. */
  readonly line: number
  /** Line of the field at a path such as `spec.steps[0].image`, or of the nearest field around it. */
  lineOf(path: string): number
}

export interface YamlFile {
  readonly documents: readonly YamlDocument[]
  readonly problems: readonly YamlProblem[]
}

/** What a scalar may be, as kubectl reads YAML 1.1: `yes` and `on` are booleans, `0755` is octal, a date is text. */
const kinds = new Set(['map', 'seq', 'str', 'null', 'bool', 'int', 'float'])

/**
 * Reads YAML or JSON with any number of documents. What tools read differently, or what exists to overload a parser, is
 * a problem with its line: duplicate keys, merge keys, tags, `__proto__`, bombs. A file with a problem has no documents.
 */
export function readYaml(text: string): YamlFile {
  const early = scanYaml(text)
  if (early !== undefined) return { documents: [], problems: [early] }
  const lines = new LineCounter()
  const parsed = parseDocuments(text, lines)
  if (!Array.isArray(parsed)) return { documents: [], problems: [parsed] }
  const wrong = parsed.flatMap((document) => describeErrors(document, lines))
  if (wrong.length > 0) return { documents: [], problems: wrong }
  const read = parsed.filter(hasContent).map((document) => readDocument(document, lines))
  const problems = read.flatMap((document) => document.problems)
  return { documents: problems.length === 0 ? read.map(({ document }) => document) : [], problems }
}

/** Between two marks there may be nothing. */
function hasContent({ contents }: Document.Parsed): boolean {
  return contents !== null && !(isScalar(contents) && contents.value === null)
}

function parseDocuments(text: string, lineCounter: LineCounter): Document.Parsed[] | YamlProblem {
  try {
    const documents = parseAllDocuments(text, {
      version: '1.1',
      customTags: keepPlainTags,
      // Found while converting, in linear time and with the line of the second.
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: 'silent',
      lineCounter,
    })
    return Array.isArray(documents) ? [...documents] : []
  } catch (error) {
    // A text that is only indentation can still nest deeper than the parser's recursion goes.
    if (error instanceof RangeError) return { line: 1, message: 'values nested too deep to be read' }
    throw error
  }
}

function keepPlainTags(tags: Tags): Tags {
  return tags.filter((tag) => {
    if (typeof tag === 'string') return kinds.has(tag)
    return kinds.has(tag.tag.replace(/^.*:/, '')) && !('format' in tag && tag.format === 'TIME')
  })
}

function describeErrors({ errors, warnings }: Document.Parsed, lines: LineCounter): YamlProblem[] {
  return [...errors, ...warnings].map(({ message, pos: [offset] }) => ({
    line: lines.linePos(offset).line,
    message: message.replace(/\s+/g, ' ').replace(/\.$/, ''),
  }))
}

function readDocument(document: Document.Parsed, lines: LineCounter) {
  const { value, index, problems } = convertNode(document, lines)
  const line = index.get('') ?? 1
  return { problems, document: { value, line, lineOf: (path: string) => findLine(index, path) } }
}

function findLine(index: LineIndex, path: string): number {
  const ends = [...path.matchAll(/[.[]/g)].map(({ index: end }) => end).reverse()
  const places = [path, ...ends.map((end) => path.slice(0, end)), '']
  const known = places.find((place) => index.has(place))
  return index.get(known ?? '') ?? 1
}
