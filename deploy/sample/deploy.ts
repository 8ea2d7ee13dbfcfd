import process from 'node:process'
import { buildImages } from '../images/build.ts'
import type { ImageName } from '../images/images.ts'
import { type KubectlTarget, kubectl } from '../install/kubectl.ts'
import { planFolders } from '../local/folders.ts'
import { createStderrProgress, type Progress } from '../local/progress.ts'
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

const sampleImages: readonly ImageName[] = ['sample-tools', 'git-server', 'debian', 'busybox', 'scratch-static']

/** Makes the images of the sample present, brings up the git server in namespace c8s-demo, and waits until it serves. */
export async function deploySample(
  target: KubectlTarget,
  progress: Progress = createStderrProgress(),
): Promise<DeployedSample> {
  const { cache } = planFolders(process.env)
  const images = await buildImages({
    only: sampleImages,
    registry: process.env['C8S_REGISTRY'] ?? localRegistry.host,
    progress,
  })
  const credentials = ensureCredentials(cache)
  const { commits } = await seedRepositories(cache)
  await progress.during(`git server in namespace ${demoNamespace}`, async () => {
    const items = [...renderGitServer(images, credentials), ...renderAuthSecrets(credentials, demoNamespace)]
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
    kubectl(target, ['apply', '--server-side', '--force-conflicts', '--field-manager=c8s-sample', '-f', '-'], list)
    kubectl(target, ['rollout', 'status', 'deployment/git-server', '-n', demoNamespace, '--timeout=120s'])
  })
  return { images, commits, credentials }
}
