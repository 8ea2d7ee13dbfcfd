import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import type { ErrorCode } from '../../src/lib/error-codes.ts'

const root = join(import.meta.dirname, '../..')

export interface DocPage {
  /** Path from the root. */
  readonly path: string
  readonly text: string
}

/** A YAML block of a page. */
export interface DocExample {
  /** `docs/steps.md:12`, for messages. */
  readonly place: string
  /** Code that the comment above the block says it is refused with: `<!-- refused: Cycle -->`. */
  readonly refused?: ErrorCode
  /** Code that the comment says it is accepted and warned of with: `<!-- warned: OneNode -->`. */
  readonly warned?: ErrorCode
  readonly documents: readonly unknown[]
}

/** README.md and all of docs. */
export function readDocPages(): readonly DocPage[] {
  const below = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => `docs/${name}`)
  const paths = ['README.md', ...below].filter((path) => path.endsWith('.md') && existsSync(join(root, path)))
  return paths.sort().map(readDocPage)
}

export function readDocPage(path: string): DocPage {
  return { path, text: readFileSync(join(root, path), 'utf8') }
}

const block =
  /(?:<!-- (?:refused: (?<refused>\w+)|warned: (?<warned>\w+)) -->\n+)?^```ya?ml[^\n]*\n(?<yaml>.*?)^```$/gms

/** Throws where a block is no YAML. */
export function parseExamples({ path, text }: DocPage): readonly DocExample[] {
  return [...text.matchAll(block)].map(({ index, groups = {} }) => {
    const place = `${path}:${text.slice(0, index).split('\n').length}`
    const documents = parseAllDocuments(groups['yaml'] ?? '', { uniqueKeys: true }).map((document) => {
      const [error] = document.errors
      if (error !== undefined) throw new Error(`${place} is no YAML: ${error.message}`)
      return document.toJS() as unknown
    })
    const { refused, warned } = groups as { refused?: ErrorCode; warned?: ErrorCode }
    return {
      place,
      documents,
      ...(refused === undefined ? {} : { refused }),
      ...(warned === undefined ? {} : { warned }),
    }
  })
}

/** The cells of the rows of the table that begins with this row of headings; backticks are taken off. */
export function readTable({ path, text }: DocPage, headings: readonly string[]): readonly (readonly string[])[] {
  const lines = text.split('\n')
  const start = lines.findIndex((line) => isSameRow(toCells(line), headings))
  if (start === -1) throw new Error(`${path} has no table with the headings ${headings.join(', ')}`)
  const rest = lines.slice(start + 2)
  const end = rest.findIndex((line) => !line.startsWith('|'))
  return rest.slice(0, end === -1 ? undefined : end).map(toCells)
}

function toCells(line: string): readonly string[] {
  if (!line.startsWith('|')) return []
  const cells = line.split(/(?<!\\)\|/).slice(1, -1)
  return cells.map((cell) => cell.trim().replace(/^`([^`]*)`$/, '$1'))
}

function isSameRow(cells: readonly string[], headings: readonly string[]): boolean {
  return cells.length === headings.length && cells.every((cell, index) => cell === headings[index])
}

/** Relative links of a page, with the heading they lead to. */
export function listLinks({ text }: DocPage): readonly { readonly file: string; readonly heading: string }[] {
  const outsideCode = text.replace(/^```.*?^```$/gms, '').replace(/`[^`\n]*`/g, '')
  return [...outsideCode.matchAll(/\]\((?<target>[^)\s]+)\)/g)].flatMap(({ groups }) => {
    const target = groups?.['target'] ?? ''
    if (/^[a-z]+:/.test(target)) return []
    const [file = '', heading = ''] = target.split('#')
    return [{ file, heading }]
  })
}

/** The anchors of a page's headings, as forges make them. */
export function listAnchors({ text }: DocPage): readonly string[] {
  const headings = text.replace(/^```.*?^```$/gms, '').matchAll(/^#+ (?<title>.+)$/gm)
  return [...headings].map(({ groups }) =>
    (groups?.['title'] ?? '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}
