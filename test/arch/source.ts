import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { layers } from './layers.ts'

const root = join(import.meta.dirname, '../..')

export interface SourceFile {
  /** Path from the root, with forward slashes. */
  readonly path: string
  readonly text: string
}

export interface Import {
  readonly from: string
  /** Path from the root for our own files, else the package's name. */
  readonly to: string
  readonly own: boolean
  readonly typeOnly: boolean
}

const skipped = ['node_modules', 'repository', 'golden', 'dist']

function listFiles(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (skipped.includes(entry.name)) return []
    const path = `${folder}/${entry.name}`
    return entry.isDirectory() ? listFiles(path) : [path]
  })
}

const topFolders = ['src', 'crds', 'certs', 'webhooks', 'deploy', 'test']

/** Every file below the source folders, of any kind. */
export function listSourceFiles(): readonly string[] {
  const present = new Set(readdirSync(root))
  return topFolders.filter((folder) => present.has(folder)).flatMap(listFiles)
}

export function readTypeScript(): readonly SourceFile[] {
  return listSourceFiles()
    .filter((path) => path.endsWith('.ts') || path.endsWith('.tsx'))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

const importPattern = /^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|\bimport\('([^']+)'\)/gm

/** The imports and re-exports of one file. */
export function parseImports({ path, text }: SourceFile): readonly Import[] {
  return [...text.matchAll(importPattern)].map((match) => {
    const target = match[2] ?? match[3] ?? ''
    const own = target.startsWith('.')
    const to = own ? relative(root, join(root, dirname(path), target)) : target
    return { from: path, to, own, typeOnly: match[1] !== undefined }
  })
}

/** The layer a file belongs to: the one with the longest matching folder. */
export function layerOf(path: string) {
  return layers
    .filter(({ folder }) => path.startsWith(`${folder}/`))
    .sort((a, b) => b.folder.length - a.folder.length)[0]
}
