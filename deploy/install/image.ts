import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import { buildBundles } from '../build/build.ts'
import { buildImages } from '../images/build.ts'
import type { ChosenCluster } from '../local/choose.ts'
import type { Progress } from '../local/progress.ts'
import { localRegistry } from '../local/settings.ts'

const root = join(import.meta.dirname, '../..')

function run(program: string, args: readonly string[]): void {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: ['ignore', 2, 2] })
  if (error !== undefined) throw new Error(`${program} cannot be started: ${error.message}`)
  if (status !== 0) throw new Error(`${program} ${args[0]} failed with exit code ${status}`)
}

/** kind has no registry of its own: the image is built by docker and copied into its nodes. */
function presentInKind(context: string): string {
  const image = `c8s:dev-${Date.now().toString(36)}`
  run('docker', ['build', '-f', 'deploy/images/c8s.Dockerfile', '-t', image, '.'])
  run('kind', ['load', 'docker-image', image, '--name', context.replace(/^kind-/, '')])
  return image
}

/**
 * Builds the program's image and makes it present where the cluster pulls from: the local cluster's registry, kind's nodes,
 * or for a cluster of one's own the registry that C8S_REGISTRY names. C8S_IMAGE skips the build. Answers its reference.
 */
export async function ensureImage(cluster: ChosenCluster, progress: Progress): Promise<string> {
  const given = process.env['C8S_IMAGE']
  if (given !== undefined) return given
  await progress.during('bundling the program', buildBundles)
  if (cluster.kind === 'kind') return presentInKind(cluster.context)
  const registry = cluster.kind === 'local' ? localRegistry.host : process.env['C8S_REGISTRY']
  if (registry === undefined) {
    throw new Error(
      `context ${cluster.context} is a cluster of your own: set C8S_REGISTRY to a registry that it pulls from and this machine may push to, or C8S_IMAGE to an image that is there already`,
    )
  }
  const { c8s } = await buildImages({ only: ['c8s'], registry, progress })
  if (c8s === undefined) throw new Error('the image c8s was not built')
  return c8s
}
