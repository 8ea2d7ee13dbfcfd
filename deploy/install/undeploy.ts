import { parseArgs } from 'node:util'
import { stepsNetworkPolicy, systemNamespace } from '../../crds/labels.ts'
import { chooseCluster } from '../local/choose.ts'
import { chooseDefinitionKinds } from './definitions.ts'
import { type KubectlTarget, kubectl, tryKubectl } from './kubectl.ts'

const partOf = 'app.kubernetes.io/part-of=c8s'
/** Whatever asks the API server, and what runs there by the name of c8s; none of it holds a finalizer of ours. */
const clusterWide = 'clusterrolebindings,clusterroles,priorityclasses'

export interface UndeployOptions {
  readonly crds: boolean
  /** For the namespace to go; 120 when left out. */
  readonly waitSeconds?: number
}

export interface Undeployed {
  /** The namespace was told to go and has not yet; undefined where it has gone. */
  readonly leftover?: string
}

/**
 * Takes c8s out of a cluster, however much of it is there. The webhook configurations go first, so that at no moment something is left
 * that refuses; the CRDs with the policy beside them, and so all configs and runs, only when asked for. Jobs of runs under way go on to their end, and what a policy
 * lets them reach is what it was.
 */
export function undeploy(target: KubectlTarget, { crds, waitSeconds = 120 }: UndeployOptions): Undeployed {
  const limit = `--timeout=${waitSeconds}s`
  const remove = (kinds: string, ...more: string[]) =>
    console.error(kubectl(target, ['delete', kinds, '-l', partOf, '--ignore-not-found', ...more]).trim())
  remove('mutatingwebhookconfigurations,validatingwebhookconfigurations')
  // Before its account goes, so that the controller does not fail on its way out.
  tryKubectl(target, [
    'delete',
    'deployments',
    '-n',
    systemNamespace,
    '-l',
    partOf,
    '--ignore-not-found',
    '--wait',
    '--timeout=60s',
  ])
  remove(clusterWide)
  // A namespace that hangs, on an APIService that is down or a finalizer of somebody else, hinders nothing of the above.
  // By name: whoever gave another namespace the label, all that is in that is not c8s's.
  const gone = tryKubectl(target, ['delete', 'namespace', systemNamespace, '--ignore-not-found', '--wait', limit])
  if (crds) {
    remove(chooseDefinitionKinds(target), '--wait', limit)
    remove('networkpolicies', '--all-namespaces', '--field-selector', `metadata.name=${stepsNetworkPolicy}`)
  }
  return gone.code === 0 ? {} : { leftover: gone.stderr.trim() }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { crds: { type: 'boolean', default: false } } })
  const cluster = await chooseCluster({ followKubeconfig: true })
  const { leftover } = undeploy(cluster, values)
  console.error(
    values.crds
      ? 'c8s is gone, and every config, connection and run with it.'
      : 'c8s is gone. Its CRDs and your configs and runs are still there; remove them with: npm run undeploy -- --crds',
  )
  if (leftover !== undefined) {
    console.error(`Namespace ${systemNamespace} is still going, which hinders nothing: ${leftover}`)
    process.exitCode = 1
  }
}
