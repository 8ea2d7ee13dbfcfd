import { spawn } from 'node:child_process'

export interface RunOptions {
  cwd?: string
  env?: Record<string, string>
  input?: string
  /** Called with each line of standard error, as it comes. */
  onLine?: (line: string) => void
}

export interface RunResult {
  code: number
  stdout: string
  stderr: string
}

/** Runs a program to its end; a program that cannot be started counts as exit code 127. */
export function runToEnd(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
      for (const line of text.split('\n')) if (line !== '') options.onLine?.(line)
    })
    child.stdin?.on('error', () => undefined).end(options.input)
    child.on('error', (error) => resolve({ code: 127, stdout, stderr: error.message }))
    child.on('close', (code) => resolve({ code: code ?? 128, stdout, stderr }))
  })
}

/** Runs a program and throws one message with the end of its output when it fails. */
export async function runOrThrow(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await runToEnd(command, args, options)
  if (result.code === 0) return result.stdout
  const tail = (result.stderr || result.stdout).trim().split('\n').slice(-15).join('\n')
  throw new Error(`"${command} ${args.join(' ')}" failed with exit code ${result.code}:\n${tail}`)
}
