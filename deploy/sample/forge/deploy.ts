import process from 'node:process'
import { presentImages } from '../../images/present.ts'
import { kubectl } from '../../install/kubectl.ts'
import type { ChosenCluster } from '../../local/choose.ts'
import { planFolders } from '../../local/folders.ts'
import { createStderrProgress, type Progress } from '../../local/progress.ts'
import { ensureForgeCredentials, type ForgeAccount } from './credentials.ts'
import { renderForge, toForgeHost } from './render.ts'

export interface ForgeOptions {
  /** Made where it is missing, with Pod Security `restricted`. */
  namespace: string
}

/** A forge in the cluster. Its data live as long as its pod. */
export interface DeployedForge {
  namespace: string
  /** Base URL without a slash at the end, as pods use it and as payloads have it. */
  url: string
  ssh: {
    /** `git@` this host, port 22. */
    host: string
    /** Line of a known_hosts file. */
    knownHosts: string
  }
  /** May do everything, in the name of others too. */
  admin: ForgeAccount
}

/** Makes the forge's image present, brings the forge up in the namespace or leaves the running one alone, and waits until it serves. */
export async function deployForge(
  cluster: ChosenCluster,
  progress: Progress = createStderrProgress(),
  { namespace }: ForgeOptions,
): Promise<DeployedForge> {
  const images = await presentImages(cluster, ['gitea'], progress)
  const credentials = ensureForgeCredentials(planFolders(process.env).cache)
  await progress.during(`forge in namespace ${namespace}`, async () => {
    const items = renderForge({ namespace, images, credentials })
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
    kubectl(
      cluster,
      ['apply', '--server-side', '--force-conflicts', '--field-manager=c8s-forge-sample', '-f', '-'],
      list,
    )
    kubectl(cluster, ['rollout', 'status', 'deployment/gitea', '-n', namespace, '--timeout=180s'])
  })
  const host = toForgeHost(namespace)
  const knownHosts = `${host} ${credentials.hostKey.publicKey}\n`
  return { namespace, url: `http://${host}`, ssh: { host, knownHosts }, admin: credentials.admin }
}
