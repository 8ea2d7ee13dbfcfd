import { rmSync } from 'node:fs'
import process from 'node:process'
import { planFolders } from './folders.ts'
import { planToolPaths } from './go-tools.ts'
import { endContainers, removeOutsideFiles, unmountBelow } from './leftovers.ts'
import { withLock } from './lock.ts'
import { removeNetwork } from './network.ts'
import type { PartName } from './part.ts'
import { describeParts, neededTools } from './parts.ts'
import { findProcess, isSameProcess, listRecordedNames, readBootId, readRecord, stopProcess } from './process.ts'
import type { Progress } from './progress.ts'
import { planSite, type Site } from './site.ts'

/** kubelet first, or it would start again what is being ended; the store and its server last. */
const FIRST_TO_STOP: readonly PartName[] = ['kubelet', 'containerd']
/** Short: nothing that a program could still write survives it. */
const PATIENCE_MS = 1_500

export async function takeDown(progress: Progress): Promise<void> {
  const folders = planFolders(process.env)
  const onWait = (): void => progress.say('another session is changing the cluster; waiting for it')
  await withLock(folders.lock, onWait, () => removeCluster(planSite(folders.state)))
  progress.say('the local cluster is gone; its binaries stay in the cache')
}

/** Ends, unmounts and removes everything of the cluster; each step copes with what is gone already. */
export async function removeCluster(site: Site): Promise<void> {
  adoptStrays(site)
  const names = listRecordedNames(site)
  for (const name of FIRST_TO_STOP) await stopRecorded(site, name)
  await endContainers(site)
  await Promise.all(names.map((name) => stopRecorded(site, name)))
  removeOutsideFiles(site)
  await unmountBelow(site.folder)
  await removeNetwork(site)
  rmSync(site.folder, { recursive: true, force: true })
}

/** Gives processes that a killed session could not note down a record, so that they are ended too. */
function adoptStrays(site: Site): void {
  const tools = planToolPaths(neededTools, planFolders(process.env))
  for (const part of describeParts({ site, tools })) findProcess(site, part)
}

async function stopRecorded(site: Site, name: string): Promise<void> {
  const record = readRecord(site, name)
  if (record !== undefined && isSameProcess(record, readBootId())) await stopProcess(record, PATIENCE_MS)
}
