import process from 'node:process'
import type { ImageName } from '../images/images.ts'
import { presentImages } from '../images/present.ts'
import { kubectl } from '../install/kubectl.ts'
import type { ChosenCluster } from '../local/choose.ts'
import { planFolders } from '../local/folders.ts'
import { createStderrProgress, type Progress } from '../local/progress.ts'
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
  const images = await presentImages(cluster, only, progress)
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
