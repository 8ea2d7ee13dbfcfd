import { spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { classifyGitFailure, type GitFailure, toLastWords } from './failure.ts'

export interface GitRunner {
  readonly environment: Readonly<Record<string, string>>
  /** Takes what git says to people; masks it. */
  say(bytes: Uint8Array): void
  /** Milliseconds before each further try after a network failure. */
  readonly pauses: readonly number[]
}

export interface GitCall {
  readonly args: readonly string[]
  readonly folder?: string
  readonly input?: string
  /** Called for every whole line of standard output; without it standard output is collected. */
  readonly onLine?: (line: string) => void
}

/** Git ended with an error. The message is git's last words and may hold anything: mask it before it is shown. */
export class GitError extends Error {
  readonly failure: GitFailure

  constructor(stderr: string) {
    super(toLastWords(stderr))
    this.failure = classifyGitFailure(stderr)
  }
}

/** Runs git, again after a network failure. Answers its standard output. */
export async function runGit(runner: GitRunner, call: GitCall): Promise<string> {
  for (const pause of runner.pauses) {
    const result = await runOnce(runner, call).catch((error: unknown) => error)
    if (typeof result === 'string') return result
    if (!(result instanceof GitError) || result.failure !== 'network') throw result
    runner.say(Buffer.from(`c8s: ${result.message}; trying again in ${pause / 1000} s\n`))
    await delay(pause)
  }
  return runOnce(runner, call)
}

function runOnce(runner: GitRunner, { args, folder, input, onLine }: GitCall): Promise<string> {
  const child = spawn('git', args, {
    env: runner.environment,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(folder === undefined ? {} : { cwd: folder }),
  })
  const stdout = gatherLines(onLine)
  let stderr = ''
  child.stdout.setEncoding('latin1').on('data', stdout.take)
  child.stderr.on('data', (bytes: Buffer) => {
    stderr = (stderr + bytes.toString()).slice(-mostKept)
    runner.say(bytes)
  })
  // A git that ends before it has read everything is judged by its exit code.
  child.stdin.on('error', () => undefined).end(input)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => (code === 0 ? resolve(stdout.rest()) : reject(new GitError(stderr))))
  })
}

/** Characters of git's words that are looked at. */
const mostKept = 65536

interface Gathered {
  take(text: string): void
  rest(): string
}

function gatherLines(onLine: ((line: string) => void) | undefined): Gathered {
  let kept = ''
  return {
    take(text) {
      kept += text
      if (onLine === undefined) return
      const lines = kept.split('\n')
      kept = lines.pop() ?? ''
      for (const line of lines) onLine(line)
    },
    rest: () => kept,
  }
}
