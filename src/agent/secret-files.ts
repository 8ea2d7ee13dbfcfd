import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Secret } from '../logs/masker.ts'

/**
 * Every value under a folder of <secret>/<key> files, as a projected volume holds them. Entries whose names begin with
 * `..` are kubelet's own: `..data` and the dated folder hold the same files a second time. Throws where one cannot be
 * read; the message then names the file, never a value.
 */
export function readSecretFiles(directory: string): Secret[] {
  return listFiles(directory, '').map((name) => ({ name, value: readFileSync(join(directory, name)) }))
}

function listFiles(directory: string, below: string): string[] {
  const names = readdirSync(join(directory, below)).filter((name) => !name.startsWith('..'))
  return names.sort().flatMap((name) => {
    const path = join(below, name)
    // Follows links, because in a projected volume every entry is one.
    return statSync(join(directory, path)).isDirectory() ? listFiles(directory, path) : [path]
  })
}
