import process from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import { planFolders } from '../../deploy/local/folders.ts'
import type { PartName } from '../../deploy/local/part.ts'
import { readRecord, sendSignal } from '../../deploy/local/process.ts'
import { createStderrProgress } from '../../deploy/local/progress.ts'
import { planSite } from '../../deploy/local/site.ts'
import { bringUp } from '../../deploy/local/up.ts'

/**
 * Ends a part of the local cluster without a word, and brings it back after that many seconds. Does nothing to another cluster:
 * somebody else's API server is not the tests' to kill.
 */
export async function killPart(name: PartName, awaySeconds: number): Promise<void> {
  const record = readRecord(planSite(planFolders(process.env).state), name)
  if (record === undefined) return
  sendSignal(record.pid, 'SIGKILL')
  await pause(awaySeconds * 1000)
  await bringUp(createStderrProgress())
}
