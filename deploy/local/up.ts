import { mkdirSync, readFileSync } from 'node:fs'
import process from 'node:process'
import { authorityPath, certificatePaths, issueCertificates } from './certificates.ts'
import { networkPluginFolder } from './containerd.ts'
import { renderDnsObjects } from './dns.ts'
import { removeCluster } from './down.ts'
import { planFolders } from './folders.ts'
import { ensureTools, planToolPaths } from './go-tools.ts'
import { isHealthy, waitUntilHealthy, waitUntilUsable } from './health.ts'
import { findRefusal, gatherHostFacts } from './host.ts'
import { renderAdminKubeconfig } from './kubeconfig.ts'
import { withLock } from './lock.ts'
import { applyNetwork } from './network.ts'
import { installPackages } from './packages.ts'
import type { Part, PartName } from './part.ts'
import { describeParts, hashDefinition, neededTools } from './parts.ts'
import { ensurePauseImage } from './pause-image.ts'
import { findProcess, readBootId, startProcess, stopProcess } from './process.ts'
import type { Progress } from './progress.ts'
import { runOrThrow } from './run.ts'
import { planSite, type Site } from './site.ts'
import { planUp, readClusterRecord, type UpAction, writeClusterRecord, writeWhenChanged } from './state.ts'

/** A part without its store or its server waits in vain for a clean end. */
const REPAIR_PATIENCE_MS = 2_000

interface Plan {
  site: Site
  tools: Record<string, string>
  parts: readonly Part[]
  definition: string
  progress: Progress
}

/** Brings the machine's one local cluster up, whatever state it is in; answers the path of its kubeconfig. */
export async function bringUp(progress: Progress): Promise<string> {
  const folders = planFolders(process.env)
  const site = planSite(folders.state)
  const refusal = findRefusal(gatherHostFacts(site))
  if (refusal !== undefined) throw new Error(refusal)
  const onWait = (): void => progress.say('another session is changing the cluster; waiting for it')
  return withLock(folders.lock, onWait, async () => {
    const tools = planToolPaths(neededTools, folders)
    const parts = describeParts({ site, tools })
    await reach({ site, tools, parts, definition: hashDefinition(parts), progress })
    return site.kubeconfig
  })
}

async function reach(plan: Plan): Promise<void> {
  const action = await chooseAction(plan)
  if (action.kind === 'keep') {
    await applyNetwork(plan.site)
    return plan.progress.say('the local cluster runs already')
  }
  await installPackages(plan.progress)
  await ensureTools(neededTools, plan.progress)
  if (action.kind === 'repair') {
    plan.progress.say(`the local cluster is damaged, starting again: ${action.parts.join(', ')}`)
    if (await tryRepair(plan, action.parts)) return
  }
  if (action.kind === 'replace') plan.progress.say(`replacing the local cluster: ${action.why}`)
  if (action.kind !== 'create') await removeCluster(plan.site)
  await startCluster(plan)
}

async function chooseAction({ site, parts, definition }: Plan): Promise<UpAction> {
  const running = parts.filter((part) => findProcess(site, part) !== undefined)
  const checks = await Promise.all(
    running.map(async (part) => ((await isHealthy(site, part.health)) ? [part.name] : [])),
  )
  const facts = {
    record: readClusterRecord(site),
    running: running.map(({ name }) => name),
    healthy: checks.flat(),
  }
  return planUp(facts, { definition, boot: readBootId(), parts: parts.map(({ name }) => name) })
}

async function tryRepair(plan: Plan, broken: readonly PartName[]): Promise<boolean> {
  try {
    for (const part of plan.parts) {
      const found = broken.includes(part.name) ? findProcess(plan.site, part) : undefined
      if (found !== undefined) await stopProcess(found, REPAIR_PATIENCE_MS)
    }
    await startCluster(plan)
    return true
  } catch (error) {
    plan.progress.say(
      `repairing did not help (${error instanceof Error ? error.message : String(error)}); replacing it`,
    )
    return false
  }
}

/** Starts what does not run yet, each part as soon as those that it needs are well. */
async function startCluster(plan: Plan): Promise<void> {
  const { site, progress } = plan
  mkdirSync(site.run, { recursive: true, mode: 0o711 })
  writeClusterRecord(site, { definition: plan.definition, boot: readBootId() })
  await issueCertificates(site)
  for (const file of plan.parts.flatMap((part) => part.files)) writeWhenChanged(file)
  writeWhenChanged({ path: site.kubeconfig, content: renderAdminKubeconfig(readAdminKeys(site)) })
  await applyNetwork(site)
  const started = new Map<PartName, Promise<void>>()
  const after = (names: readonly PartName[]): Promise<unknown> =>
    Promise.all(names.flatMap((name) => started.get(name) ?? []))
  for (const part of inStartOrder(plan.parts))
    started.set(
      part.name,
      after(part.needs).then(() => startPart(plan, part)),
    )
  const pause = after(['registry']).then(() => ensurePauseImage(site, plan.tools['crane'] as string))
  const dns = after(['kube-apiserver']).then(() => applyDnsObjects(plan))
  await Promise.all([...started.values(), pause, dns])
  await progress.during('waiting for the node', () => waitUntilUsable(site))
}

/** A part after those it needs, so that the promises it waits for exist. */
export function inStartOrder(parts: readonly Part[]): Part[] {
  const ordered: Part[] = []
  const add = (part: Part): void => {
    if (ordered.includes(part)) return
    for (const needed of parts.filter(({ name }) => part.needs.includes(name))) add(needed)
    ordered.push(part)
  }
  for (const part of parts) add(part)
  return ordered
}

async function startPart({ site, progress }: Plan, part: Part): Promise<void> {
  if (findProcess(site, part) === undefined) {
    progress.say(`starting ${part.name}`)
    startProcess(site, part, planEnvironment(process.env))
  }
  await waitUntilHealthy(site, part)
}

/** Only what the programs need: a caller's KUBECONFIG or proxy must not change the cluster. */
export function planEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const system = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  return { PATH: `${system}:${networkPluginFolder}`, HOME: env['HOME'] ?? '/root', LANG: 'C.UTF-8' }
}

function readAdminKeys(site: Site): { authority: string; certificate: string; key: string } {
  const paths = certificatePaths(site, 'admin')
  const read = (path: string): string => readFileSync(path, 'utf8')
  return {
    authority: read(authorityPath(site, 'cluster-ca')),
    certificate: read(paths.certificate),
    key: read(paths.key),
  }
}

async function applyDnsObjects({ site, tools }: Plan): Promise<void> {
  const list = { apiVersion: 'v1', kind: 'List', items: renderDnsObjects() }
  const args = [`--kubeconfig=${site.kubeconfig}`, 'apply', '--server-side', '--force-conflicts', '--filename=-']
  await runOrThrow(tools['kubectl'] as string, args, { input: JSON.stringify(list) })
}
