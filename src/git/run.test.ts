import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { GitError, type GitRunner, runGit } from './run.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'c8s-run-test-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A program called git that does what the script says. */
function runnerOf(script: string, signal?: AbortSignal): GitRunner {
  writeFileSync(join(folder, 'git'), `#!/bin/sh\n${script}\n`)
  chmodSync(join(folder, 'git'), 0o755)
  const environment = { PATH: `${folder}:${process.env['PATH']}`, PLACE: folder }
  return { environment, say: () => undefined, pauses: [], ...(signal === undefined ? {} : { signal }) }
}

const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error as GitError,
  )

/** A process that has ended may wait for init to take note of it. */
function hasEnded(pid: number): boolean {
  try {
    return /^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return true
  }
}

describe('runGit', () => {
  it('answers what git said', async () => {
    expect(await runGit(runnerOf('cat; echo "$1"'), { args: ['x'], input: 'in ' })).toBe('in x\n')
  })

  it('tells a failure in the words of git', async () => {
    const error = await failureOf(runGit(runnerOf('echo "fatal: not our ref abc" >&2; exit 128'), { args: [] }))
    expect(error).toBeInstanceOf(GitError)
    expect(error).toMatchObject({ failure: 'commit', message: 'not our ref abc' })
  })

  it('is ended with all that git started, even where git itself is gone already', async () => {
    const abort = new AbortController()
    // The grandchild holds the output open, as a hanging ssh would.
    const script =
      'sh -c \'echo $$ > "$PLACE/pid.new"; mv "$PLACE/pid.new" "$PLACE/pid"; echo up; tail -f /dev/null\' & exit 0'
    const lines = Promise.withResolvers<void>()
    const onLine = () => lines.resolve()
    const running = failureOf(runGit(runnerOf(script, abort.signal), { args: [], onLine }))
    await lines.promise
    abort.abort('git took longer than 4 s')
    expect(await running).toMatchObject({ failure: 'stopped', message: 'git took longer than 4 s' })
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'))
    await vi.waitFor(() => expect(hasEnded(pid)).toBe(true), { timeout: 5000 })
  })

  it('does not begin when it was to end', async () => {
    const signal = AbortSignal.abort('too late')
    const error = await failureOf(runGit(runnerOf('touch "$PLACE/began"', signal), { args: [] }))
    expect(error).toMatchObject({ failure: 'stopped', message: 'too late' })
    expect(() => readFileSync(join(folder, 'began'))).toThrow(/ENOENT/)
  })

  it('is ended when it says too much', async () => {
    const error = await failureOf(runGit(runnerOf('cat /dev/zero'), { args: [], mostOutput: 1_000_000 }))
    expect(error).toMatchObject({ failure: 'tooMuch' })
  })
})
