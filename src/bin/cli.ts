import { readFile } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import type { CliContext } from '../cli/command.ts'
import { exitCodes } from '../cli/exit-codes.ts'
import { runCli } from '../cli/main.ts'
import { createMasker } from '../logs/masker.ts'

/** Waits until the bytes are on their way, so that a slow reader slows us down and nothing piles up. */
function write(stream: Writable, data: string | Uint8Array): Promise<void> {
  if (data.length === 0) return Promise.resolve()
  return new Promise((resolve, reject) => {
    stream.write(data, (error) => (error ? reject(error) : resolve()))
  })
}

const context: CliContext = {
  input: process.stdin,
  writeOutput: (data) => write(process.stdout, data),
  writeError: (text) => write(process.stderr, text),
  readFile: (path) => readFile(path),
  createMasker,
  // Loaded only where it is used: `c8s validate` must not wait for it.
  openCluster: async (choice) => (await import('./doctor-cluster.ts')).openDoctorCluster(process.env, choice),
}

/** The reader went away, as `head` does: no news, and no stack trace. */
function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE'
}

function explainFault(error: unknown): number {
  if (isClosedPipe(error)) return exitCodes.closedPipe
  console.error(`c8s: ${error instanceof Error ? error.message : String(error)}`)
  return exitCodes.fault
}

// The failed write itself is told to whoever waits for it.
process.stdout.on('error', () => {})
process.stderr.on('error', () => {})

// Not process.exit: it would cut off what a pipe has not taken yet.
process.exitCode = await runCli(process.argv.slice(2), context).catch(explainFault)
if (process.exitCode !== exitCodes.ok) process.stdin.destroy()
