import { apiVersion, labels } from '../../../crds/labels.ts'
import type { KubeObject, ResourceType } from '../../lib/kubernetes.ts'
import type { DoctorCluster, ListSelection } from './cluster.ts'
import type { DoctorFacts, Lease, PolicyObject, Probe, RbacFacts, Reading } from './facts.ts'
import { kinds } from './kinds.ts'

/** Reads all that the checks look at. What cannot be read is noted as such; nothing is changed. */
export async function gatherFacts(cluster: DoctorCluster): Promise<DoctorFacts> {
  const { systemNamespace, lease } = cluster.expected
  const listAll = async <T extends KubeObject>(type: ResourceType, selection: ListSelection = {}) =>
    (await cluster.list<T>(type, selection)).items
  const list = <T extends KubeObject>(type: ResourceType, selection: ListSelection = {}) =>
    read(() => listAll<T>(type, selection))
  const inSystem = { namespace: systemNamespace }
  const ofSteps = { labelSelector: `${labels.jobType}=step` }
  const wanted = {
    server: read(() => cluster.readServer()),
    configurations: read(async () => [
      ...(await listAll(kinds.mutatingWebhookConfiguration)),
      ...(await listAll(kinds.validatingWebhookConfiguration)),
    ]),
    probe: read(() => probe(cluster)),
    definitions: list<KubeObject & { spec: never }>(kinds.definition),
    runPolicy: read(() => readRunPolicy(cluster)),
    issuedCertificate: read(() =>
      cluster.get<KubeObject>(kinds.issuedCertificate, { ...inSystem, name: 'c8s-admission' }),
    ),
    rbac: read(() => readRbac(listAll, inSystem)),
    deployments: list(kinds.deployment, inSystem),
    lease: read(() => cluster.get<Lease>(kinds.lease, { ...inSystem, name: lease })),
    nodeLeases: list<Lease>(kinds.lease, { namespace: 'kube-node-lease' }),
    storageClasses: list(kinds.storageClass),
    configs: list(kinds.pipelineConfig),
    runs: list(kinds.pipelineRun),
    connections: list(kinds.repositoryConnection),
    namespaces: list(kinds.namespace, { labelSelector: labels.policy }),
    policies: list(kinds.configMap, { ...inSystem, labelSelector: labels.policy }),
    quotas: list(kinds.resourceQuota, inSystem),
    jobs: list(kinds.job, ofSteps),
    pods: list(kinds.pod, ofSteps),
  }
  const entries = Object.entries(wanted).map(async ([name, reading]) => [name, await reading] as const)
  return { expected: cluster.expected, ...Object.fromEntries(await Promise.all(entries)) } as DoctorFacts
}

async function read<T>(ask: () => Promise<T>): Promise<Reading<T>> {
  try {
    return { value: await ask() }
  } catch (error) {
    return { unreadable: error instanceof Error ? error.message : String(error) }
  }
}

/** A server that does not know these kinds has none of them. */
async function readRunPolicy(cluster: DoctorCluster): Promise<readonly PolicyObject[]> {
  const asked = cluster.expected.runPolicy.map(async ({ kind, metadata: { name = '' } }) => {
    const type = [kinds.admissionPolicy, kinds.admissionPolicyBinding].find((each) => each.kind === kind)
    const found = type === undefined ? undefined : await cluster.get<PolicyObject>(type, { name })
    return found === undefined ? [] : [{ ...found, kind: kind ?? '' }]
  })
  return (await Promise.all(asked)).flat()
}

type ListAll = <T extends KubeObject>(type: ResourceType, selection?: ListSelection) => Promise<readonly T[]>

async function readRbac(list: ListAll, inSystem: ListSelection): Promise<RbacFacts> {
  const [clusterRoles, clusterRoleBindings, roles, roleBindings] = await Promise.all([
    list(kinds.clusterRole),
    list(kinds.clusterRoleBinding),
    list(kinds.role, inSystem),
    list(kinds.roleBinding, inSystem),
  ])
  return { clusterRoles, clusterRoleBindings, roles, roleBindings } as unknown as RbacFacts
}

/** Through both webhooks: who wrote the config is stamped on it, so what comes back shows whether c8s was asked. */
async function probe(cluster: DoctorCluster): Promise<Probe> {
  const spec = {
    repository: 'https://example.com/probe',
    steps: [{ name: 'probe', image: 'probe', commands: ['true'] }],
  }
  const config = { apiVersion, kind: 'PipelineConfig', metadata: { name: 'c8s-doctor', namespace: 'default' }, spec }
  try {
    const { metadata } = await cluster.tryCreate<KubeObject>(kinds.pipelineConfig, config)
    return { isStamped: metadata.annotations?.['c8s.dev/author'] !== undefined }
  } catch (error) {
    return { refusal: error instanceof Error ? error.message : String(error) }
  }
}
