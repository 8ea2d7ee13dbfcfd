import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import type { ChosenCluster } from '../local/choose.ts'
import { planFolders } from '../local/folders.ts'
import type { Progress } from '../local/progress.ts'
import { runOrThrow } from '../local/run.ts'
import { localRegistry } from '../local/settings.ts'
import { archiveImages, buildImages, type ImageReferences } from './build.ts'
import type { ImageName } from './images.ts'

/**
 * Builds the images and makes them present where the cluster pulls from: the local cluster's registry, kind's nodes, or for
 * a cluster of one's own the registry that C8S_REGISTRY names. Answers their references.
 */
export async function presentImages(
  cluster: ChosenCluster,
  only: readonly ImageName[],
  progress: Progress,
): Promise<ImageReferences> {
  if (cluster.kind === 'kind') return loadIntoKind(cluster.context.replace(/^kind-/, ''), only, progress)
  const registry = cluster.kind === 'local' ? localRegistry.host : process.env['C8S_REGISTRY']
  if (registry === undefined) {
    throw new Error(
      `context ${cluster.context} is a cluster of your own: set C8S_REGISTRY to a registry that it pulls from and this machine may push to`,
    )
  }
  return buildImages({ only, registry, progress })
}

async function loadIntoKind(name: string, only: readonly ImageName[], progress: Progress): Promise<ImageReferences> {
  const { cache } = planFolders(process.env)
  const folder = mkdtempSync(join(cache, '.kind-'))
  const path = join(folder, 'images.tar')
  try {
    const references = await archiveImages({ only, path, progress })
    const load = ['load', 'image-archive', path, '--name', name]
    await progress.during(`loading images into kind's nodes`, () => runOrThrow('kind', load))
    return references
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
