import { writeSync } from 'node:fs'

/**
 * Writes every byte, whatever the reader's pace. A descriptor that does not block says EAGAIN while its reader is
 * behind; the thread then sleeps, so that the reader's pace becomes the writer's and nothing piles up in memory.
 */
export function writeAll(descriptor: number, bytes: Uint8Array): void {
  let at = 0
  while (at < bytes.length) {
    try {
      at += writeSync(descriptor, bytes, at, bytes.length - at)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EAGAIN') sleep(retryMilliseconds)
      else if (code !== 'EINTR') throw error
    }
  }
}

const retryMilliseconds = 5

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}
