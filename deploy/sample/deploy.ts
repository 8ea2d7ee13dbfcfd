import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { archiveImages, buildImages } from '../images/build.ts'
import type { ImageName } from '../images/images.ts'
import { kubectl } from '../install/kubectl.ts'
import type { ChosenCluster } from '../local/choose.ts'
import { planFolders } from '../local/folders.ts'
import { createStderrProgress, type Progress } from '../local/progress.ts'
import { runOrThrow } from '../local/run.ts'
import { localRegistry } from '../local/settings.ts'
import { ensureCredentials, type GitCredentials } from './credentials.ts'
import { demoNamespace, type ImageReferences, renderAuthSecrets, renderGitServer } from './render.ts'
import { type SampleCommits, seedRepositories } from './seed.ts'

/** What the demo and the tests need to know of the sample in a cluster. */
export interface DeployedSample {
  /** Image name → reference, of everything that steps may run in. */
  images: ImageReferences
  commits: SampleCommits
  credentials: GitCredentials
}

const only: readonly ImageName[] = ['sample-tools', 'git-server', 'debian', 'busybox', 'scratch-static']

/** Makes the sample's images present, brings up the git server in namespace c8s-demo, and waits until it serves. */
export async function deploySample(
  cluster: ChosenCluster,
  progress: Progress = createStderrProgress(),
): Promise<DeployedSample> {
  const { cache } = planFolders(process.env)
  const images = await ensureSampleImages(cluster, cache, progress)
  const credentials = ensureCredentials(cache)
  const { commits } = await seedRepositories(cache)
  await progress.during(`git server in namespace ${demoNamespace}`, async () => {
    const items = [...renderGitServer(images, credentials), ...renderAuthSecrets(credentials, demoNamespace)]
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
    kubectl(cluster, ['apply', '--server-side', '--force-conflicts', '--field-manager=c8s-sample', '-f', '-'], list)
    kubectl(cluster, ['rollout', 'status', 'deployment/git-server', '-n', demoNamespace, '--timeout=180s'])
  })
  return { images, commits, credentials }
}

async function ensureSampleImages(cluster: ChosenCluster, cache: string, progress: Progress): Promise<ImageReferences> {
  if (cluster.kind === 'kind') return loadIntoKind(cluster.context.replace(/^kind-/, ''), cache, progress)
  const registry = cluster.kind === 'local' ? localRegistry.host : process.env['C8S_REGISTRY']
  if (registry === undefined) {
    throw new Error(
      `context ${cluster.context} is a cluster of your own: set C8S_REGISTRY to a registry that it pulls from and this machine may push to`,
    )
  }
  return buildImages({ only, registry, progress })
}

async function loadIntoKind(name: string, cache: string, progress: Progress): Promise<ImageReferences> {
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
