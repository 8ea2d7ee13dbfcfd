import { parseArgs } from 'node:util'
import { chooseCluster } from '../local/choose.ts'
import { type KubectlTarget, kubectl } from './kubectl.ts'

const partOf = 'app.kubernetes.io/part-of=c8s'

/**
 * Takes c8s out of a cluster. The webhook configurations go first, so that at no moment something is left that refuses; the
 * CRDs, and with them all configs and runs, only when asked for.
 */
export function undeploy(target: KubectlTarget, options: { readonly crds: boolean }): void {
  const remove = (kinds: string, ...more: string[]) =>
    console.error(kubectl(target, ['delete', kinds, '-l', partOf, '--ignore-not-found', ...more]).trim())
  remove('mutatingwebhookconfigurations,validatingwebhookconfigurations')
  remove('clusterrolebindings,clusterroles')
  remove('namespaces', '--wait', '--timeout=120s')
  if (options.crds) remove('customresourcedefinitions', '--wait', '--timeout=120s')
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { crds: { type: 'boolean', default: false } } })
  const cluster = await chooseCluster({ followKubeconfig: true })
  undeploy(cluster, values)
  console.error(
    values.crds
      ? 'c8s is gone, and every config, connection and run with it.'
      : 'c8s is gone. Its CRDs and your configs and runs are still there; remove them with: npm run undeploy -- --crds',
  )
}
