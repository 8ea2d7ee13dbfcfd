import { type ChildProcess, spawn } from 'node:child_process'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import { classifyGitFailure, type GitFailure, toLastWords } from './failure.ts'

export interface GitRunner {
  readonly environment: Readonly<Record<string, string>>
  /** Takes what git says to people; masks it. */
  say(bytes: Uint8Array): void
  /** Milliseconds before each further try after a network failure. */
  readonly pauses: readonly number[]
  /** Ends git, and all that git started, when it fires. */
  readonly signal?: AbortSignal
}

export interface GitCall {
  readonly args: readonly string[]
  readonly folder?: string
  readonly input?: string
  /** Bytes of standard output after which git is ended. */
  readonly mostOutput?: number
  /** Called for every whole line of standard output; without it standard output is collected. */
  readonly onLine?: (line: string) => void
}

/** Git ended with an error. The message is git's last words and may hold anything: mask it before it is shown. */
export class GitError extends Error {
  readonly failure: GitFailure

  constructor(stderr: string, failure = classifyGitFailure(stderr)) {
    super(toLastWords(stderr))
    this.failure = failure
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

async function runOnce(runner: GitRunner, { args, folder, input, onLine, mostOutput }: GitCall): Promise<string> {
  const { environment, signal } = runner
  if (signal?.aborted === true) throw toStopped(signal)
  const child = spawn('git', args, {
    env: environment,
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own, so that what git starts (ssh, remote-https) can be ended with it.
    detached: signal !== undefined || mostOutput !== undefined,
    ...(folder === undefined ? {} : { cwd: folder }),
  })
  const stop = createStop(child, signal)
  const stdout = gatherLines(onLine)
  let stderr = ''
  let room = mostOutput ?? Number.POSITIVE_INFINITY
  child.stdout.setEncoding('latin1').on('data', (text: string) => {
    room -= text.length
    if (room < 0) stop.because(new GitError('it said more than is looked at', 'tooMuch'))
    else stdout.take(text)
  })
  child.stderr.on('data', (bytes: Buffer) => {
    stderr = (stderr + bytes.toString()).slice(-mostKept)
    runner.say(bytes)
  })
  // A git that ends before it has read everything is judged by its exit code.
  child.stdin.on('error', () => undefined).end(input)
  try {
    const code = await whenClosed(child)
    if (stop.error !== undefined) throw stop.error
    if (code !== 0) throw new GitError(stderr)
    return stdout.rest()
  } finally {
    stop.close()
  }
}

function whenClosed(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
}

function toStopped({ reason }: AbortSignal): GitError {
  return new GitError(typeof reason === 'string' ? reason : 'it was stopped', 'stopped')
}

interface Stop {
  readonly error: GitError | undefined
  because(error: GitError): void
  close(): void
}

/** Ends the whole process group at once: nothing that git does for us needs a good end. */
function createStop(child: ChildProcess, signal: AbortSignal | undefined): Stop {
  let stopped: GitError | undefined
  const because = (error: GitError) => {
    stopped ??= error
    if (child.pid === undefined) return
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
  const onAbort = () => {
    if (signal !== undefined) because(toStopped(signal))
  }
  signal?.addEventListener('abort', onAbort, { once: true })
  return {
    get error() {
      return stopped
    },
    because,
    close: () => signal?.removeEventListener('abort', onAbort),
  }
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
