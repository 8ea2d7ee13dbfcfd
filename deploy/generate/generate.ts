import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type GeneratedFile, generatedFiles } from './files.ts'

const root = join(import.meta.dirname, '../..')

function isStale({ path, render }: GeneratedFile): boolean {
  const file = join(root, path)
  return !existsSync(file) || readFileSync(file, 'utf8') !== render()
}

function writeFile({ path, render }: GeneratedFile): void {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, render())
}

const stale = generatedFiles.filter(isStale)
if (process.argv.includes('--check')) {
  for (const { path } of stale) console.error(`${path} is not what its source says: run npm run generate`)
  process.exitCode = stale.length === 0 ? 0 : 1
} else {
  stale.forEach(writeFile)
  console.log(stale.length === 0 ? 'everything is up to date' : stale.map(({ path }) => `wrote ${path}`).join('\n'))
}
