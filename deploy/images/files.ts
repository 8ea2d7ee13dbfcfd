import { createHash } from 'node:crypto'
import { createReadStream, readdirSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pipeline } from 'node:stream/promises'

/** Paths of all plain files below a folder. Links are not followed: some lead out of the folder. */
export function listFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return listFiles(path)
    return entry.isFile() ? [path] : []
  })
}

/** SHA-256 of a file, or of the names, modes and contents of all files of a folder. */
export async function hashPath(path: string): Promise<string> {
  if (!statSync(path).isDirectory()) return hashFile(path)
  const lines: string[] = []
  for (const file of listFiles(path)) {
    const isRunnable = (statSync(file).mode & 0o111) !== 0
    lines.push(`${relative(path, file)} ${isRunnable} ${await hashFile(file)}`)
  }
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex')
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash)
  return hash.digest('hex')
}
