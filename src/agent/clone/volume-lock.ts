import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'

/** Milliseconds between two tries. */
const pauseMilliseconds = 200

/** SQLite's result code where somebody else holds the lock: https://sqlite.org/rescode.html#busy */
const busy = 5

/**
 * Holds a lock of the file system while the work is done. The kernel frees it when the process ends, however it does, also
 * for a pod on another node where the volume is shared by network; so no lock is ever left behind. SQLite is what Node
 * has to ask for one (docs/adr/0149); nothing is stored in the file.
 */
export async function withVolumeLock<T>(path: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    if (!tryLock(database)) {
      onWait()
      while (!tryLock(database)) await delay(pauseMilliseconds)
    }
    return await work()
  } finally {
    database.close()
  }
}

function tryLock(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE')
    return true
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === busy) return false
    throw error
  }
}
