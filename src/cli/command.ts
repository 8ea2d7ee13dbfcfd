import type { ClusterChoice, DoctorCluster } from './doctor/cluster.ts'

/** Masks a stream of bytes; what is certain so far comes back at once, the rest at the end. */
export interface StreamMasker {
  push(chunk: Uint8Array): Uint8Array
  end(): Uint8Array
  /** Names of values too short to be masked. */
  readonly unmasked: readonly string[]
}

/** All that a command may touch. */
export interface CliContext {
  readonly input: AsyncIterable<Uint8Array>
  /** Resolves when the bytes may be followed by more. */
  writeOutput(data: string | Uint8Array): Promise<void>
  writeError(text: string): Promise<void>
  /** Rejects as node:fs does, with a code. */
  readFile(path: string): Promise<Uint8Array>
  /** The shipper's own masker; the CLI does not know how it works. */
  createMasker(secrets: readonly { readonly name: string; readonly value: Uint8Array }[]): StreamMasker
  /** The cluster of the caller's kubeconfig. Rejects with a sentence where there is none; nothing is asked of it yet. */
  openCluster(choice: ClusterChoice): Promise<DoctorCluster>
}

export interface Command {
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  /** What `--help` prints. */
  readonly help: string
  /** Answers with the exit code. Throws UsageError for wrong arguments. */
  run(args: readonly string[], context: CliContext): Promise<number>
}

/** The command line is wrong: said with the way to the help, and nothing is done. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
