import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

const SAY_AFTER_MS = 500

/**
 * Runs `work` while holding an exclusive lock. The kernel holds it for a `flock` child that lives
 * as long as our end of its pipe, so a killed session never leaves a stale lock.
 */
export async function withLock<T>(path: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(path), { recursive: true })
  const holder = spawn('flock', ['--exclusive', path, 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // A group of its own: Ctrl-C must not drop the lock while the work is still being undone.
    detached: true,
  })
  const timer = setTimeout(onWait, SAY_AFTER_MS)
  try {
    await waitUntilHeld(holder, path)
  } finally {
    clearTimeout(timer)
  }
  try {
    return await work()
  } finally {
    await letGo(holder)
  }
}

/** Until the lock is free: a caller that blocks next, as spawnSync does, would never come to close the pipe. */
async function letGo(holder: ChildProcess): Promise<void> {
  if (holder.exitCode !== null || holder.signalCode !== null) return
  const ended = once(holder, 'exit')
  holder.stdin?.end()
  await ended
}

function waitUntilHeld(holder: ChildProcess, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    holder.stdout?.once('data', () => resolve())
    holder.once('error', (error) =>
      reject(new Error(`cannot lock ${path}: ${error.message} (is util-linux installed?)`)),
    )
    holder.once('exit', (code) => reject(new Error(`cannot lock ${path}: flock ended with code ${code}`)))
  })
}
