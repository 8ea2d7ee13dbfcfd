import { existsSync } from 'node:fs'
import process from 'node:process'
import { planFolders } from './folders.ts'
import { planToolPaths } from './go-tools.ts'
import { findObstacle, isHealthy } from './health.ts'
import type { Part } from './part.ts'
import { describeParts, hashDefinition, neededTools } from './parts.ts'
import { findProcess, logPath } from './process.ts'
import { localRegistry } from './settings.ts'
import { planSite, type Site } from './site.ts'
import { readClusterRecord } from './state.ts'

export interface PartStatus {
  name: string
  pid: number | undefined
  healthy: boolean
  log: string
}

export interface ClusterStatus {
  isThere: boolean
  isOurVersion: boolean
  parts: readonly PartStatus[]
  obstacle: string | undefined
  site: Site
  kubectl: string
}

export async function gatherStatus(): Promise<ClusterStatus> {
  const folders = planFolders(process.env)
  const site = planSite(folders.state)
  const tools = planToolPaths(neededTools, folders)
  const parts = describeParts({ site, tools })
  const isThere = existsSync(site.kubeconfig)
  return {
    isThere,
    isOurVersion: readClusterRecord(site)?.definition === hashDefinition(parts),
    parts: isThere ? await Promise.all(parts.map((part) => gatherPart(site, part))) : [],
    obstacle: isThere ? await findObstacle(site) : undefined,
    site,
    kubectl: tools['kubectl'] as string,
  }
}

async function gatherPart(site: Site, part: Part): Promise<PartStatus> {
  const record = findProcess(site, part)
  const healthy = record !== undefined && (await isHealthy(site, part.health))
  return { name: part.name, pid: record?.pid, healthy, log: logPath(site, part.name) }
}

export function isWell(status: ClusterStatus): boolean {
  return status.isThere && status.obstacle === undefined && status.parts.every((part) => part.healthy)
}

export function renderStatus(status: ClusterStatus): string {
  if (!status.isThere) return 'No local cluster runs. Start it with: npm run cluster -- up'
  const lines = status.parts.map(renderPart)
  lines.push(status.obstacle === undefined ? 'The node is ready for pods.' : `Not usable now: ${status.obstacle}.`)
  if (!status.isOurVersion) lines.push('It is of another version than this checkout; `up` replaces it.')
  if (!isWell(status)) lines.push('Repair it with: npm run cluster -- up')
  return [
    ...lines,
    `Registry:   ${localRegistry.host}`,
    `Kubeconfig: ${status.site.kubeconfig}`,
    `kubectl:    ${status.kubectl}`,
  ].join('\n')
}

function renderPart({ name, pid, healthy, log }: PartStatus): string {
  const state = pid === undefined ? 'does not run' : healthy ? `runs, process ${pid}` : `process ${pid} does not answer`
  return `${name.padEnd(24)} ${healthy ? state : `${state}; log: ${log}`}`
}
