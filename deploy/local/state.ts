import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ConfigFile, PartName } from './part.ts'
import type { Site } from './site.ts'

/** What the last `up` left behind, written before the first program starts. */
export interface ClusterRecord {
  /** Hash of the parts it was started with. */
  definition: string
  boot: string
}

export interface ClusterFacts {
  record: ClusterRecord | undefined
  running: readonly PartName[]
  /** Running, and answering its health check. */
  healthy: readonly PartName[]
}

export interface Wanted {
  definition: string
  boot: string
  parts: readonly PartName[]
}

/**
 * What `up` has to do. A cluster of another definition, or from before the machine's last start (its
 * containers and mounts are gone), is replaced; a damaged one is repaired part by part.
 */
export type UpAction =
  | { kind: 'create' }
  | { kind: 'keep' }
  | { kind: 'repair'; parts: readonly PartName[] }
  | { kind: 'replace'; why: string }

export function planUp(facts: ClusterFacts, wanted: Wanted): UpAction {
  const { record } = facts
  if (record === undefined) {
    return facts.running.length === 0
      ? { kind: 'create' }
      : { kind: 'replace', why: 'a cluster runs here that left no record of what it is' }
  }
  if (record.definition !== wanted.definition)
    return { kind: 'replace', why: 'the one that is here is of another version' }
  if (record.boot !== wanted.boot) return { kind: 'replace', why: 'the machine was restarted since' }
  const broken = wanted.parts.filter((name) => !facts.healthy.includes(name))
  return broken.length === 0 ? { kind: 'keep' } : { kind: 'repair', parts: broken }
}

export function readClusterRecord(site: Site): ClusterRecord | undefined {
  try {
    return JSON.parse(readFileSync(join(site.folder, 'cluster.json'), 'utf8')) as ClusterRecord
  } catch {
    return undefined
  }
}

export function writeClusterRecord(site: Site, record: ClusterRecord): void {
  writeWhenChanged({ path: join(site.folder, 'cluster.json'), content: JSON.stringify(record) })
}

/** Some programs end when their file is rewritten, so the same content is never written twice. */
export function writeWhenChanged({ path, content }: ConfigFile): void {
  try {
    if (readFileSync(path, 'utf8') === content) return
  } catch {
    // Not there yet.
  }
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
  writeFileSync(path, content, { mode: 0o600 })
}
