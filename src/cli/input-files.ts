import type { CliContext } from './command.ts'
import { exitCodes } from './exit-codes.ts'

export type InputFile =
  | { readonly name: string; readonly bytes: Uint8Array }
  | { readonly name: string; readonly message: string; readonly exitCode: number }

/** More is never looked at, so it is not read either. */
const mostInputBytes = 16 * 1024 * 1024

const messages: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'is a folder: name its files',
  EACCES: 'may not be read',
}

/** The content of a file, or of standard input for `-`. */
export async function readInput(path: string, context: CliContext): Promise<InputFile> {
  const name = path === '-' ? 'stdin' : path
  try {
    return { name, bytes: path === '-' ? await readAll(context.input) : await context.readFile(path) }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    const message = messages[code] ?? `cannot be read (${code === '' ? String(error) : code})`
    return { name, message, exitCode: code === 'ENOENT' ? exitCodes.notFound : exitCodes.fault }
  }
}

async function readAll(input: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of input) {
    size += chunk.length
    if (size > mostInputBytes) break
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
