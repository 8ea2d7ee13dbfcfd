import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { labels } from '../../crds/labels.ts'
import { renderAggregatedRoles } from '../../deploy/install/rbac.ts'
import type { KubeObject, ResourceType } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { aConfig, aRun } from '../helpers/admission-objects.ts'
import { startControllerManager } from '../helpers/controller-manager.ts'
import { eventually } from '../helpers/eventually.ts'
import { type KubectlWorld, openKubectlWorld } from '../helpers/kubectl-world.ts'

/** With garbage collection and aggregation of roles, as kube-controller-manager does them. */
let world: KubectlWorld
let stopManager: () => Promise<void>

beforeAll(async () => {
  world = await openKubectlWorld({ slow: [{ does: 'hang' }] })
  stopManager = await startControllerManager(world.server)
  await world.send(['apply'], aConfig({}, named('app')))
})
afterAll(async () => {
  await stopManager()
  await world.stop()
})

const named = (name: string) => ({ name, namespace: world.namespace })

describe('delete', () => {
  async function listJobs(run: string): Promise<readonly KubeObject[]> {
    const select = { namespace: world.namespace, labelSelector: `${labels.run}=${run}` }
    return (await world.admin.list<KubeObject>(resourceTypes.job, select)).items
  }

  async function endRun(name: string): Promise<void> {
    await world.send(['create'], aRun({}, named(name)))
    await world.kubectl('wait', '--for=condition=Succeeded', `c8spr/${name}`, '--timeout=30s')
    expect(await listJobs(name)).toHaveLength(2)
  }

  test.each(['background', 'foreground'])('in the %s takes the Jobs along', async (cascade) => {
    const name = `goes-${cascade}`
    await endRun(name)
    await world.kubectl('delete', 'c8spr', name, `--cascade=${cascade}`, '--timeout=60s')
    await eventually('the end of its Jobs', async () => ((await listJobs(name)).length === 0 ? true : undefined), 30)
  })

  test('in the foreground leaves the run until its Jobs are gone', async () => {
    await endRun('held')
    const [job] = await listJobs('held')
    const key = named(job?.metadata.name ?? '')
    await world.admin.patch(resourceTypes.job, key, { metadata: { finalizers: ['example.com/hold'] } })
    await world.kubectl('delete', 'c8spr', 'held', '--cascade=foreground', '--wait=false')
    await eventually('the deletion of its Job', async () => {
      return (await world.admin.get(resourceTypes.job, key))?.metadata.deletionTimestamp
    })
    expect(await world.kubectl('get', 'c8spr', 'held', '-o', 'name')).toBe('pipelinerun.c8s.dev/held')
    await world.admin.patch(resourceTypes.job, key, { metadata: { finalizers: null } })
    await world.kubectl('wait', '--for=delete', 'c8spr/held', '--timeout=60s')
  })

  test('as orphans leaves the Jobs, without an owner, and nobody takes them for another run’s', async () => {
    await endRun('left')
    await world.kubectl('delete', 'c8spr', 'left', '--cascade=orphan', '--timeout=60s')
    const jobs = await listJobs('left')
    expect(jobs).toHaveLength(2)
    expect(jobs.flatMap(({ metadata }) => metadata.ownerReferences ?? [])).toEqual([])
    // The same name once more: its Jobs have other names, and it runs.
    await world.send(['create'], aRun({}, named('left')))
    await world.kubectl('wait', '--for=condition=Succeeded', 'c8spr/left', '--timeout=30s')
    expect(await listJobs('left')).toHaveLength(4)
  })

  test('of a config leaves its runs', async () => {
    await world.send(
      ['create'],
      aConfig({}, named('short-lived')),
      aRun({ pipelineConfigRef: 'short-lived' }, named('stays')),
    )
    await world.kubectl('delete', 'c8spc', 'short-lived')
    await world.kubectl('wait', '--for=condition=Succeeded', 'c8spr/stays', '--timeout=30s')
  })
})

describe('the cluster’s own roles', () => {
  const reads = ['get', 'list', 'watch']
  const writes = ['create', 'update', 'patch', 'delete', 'deletecollection']
  const verbs = [...reads, ...writes, 'approve']
  const kinds = ['pipelineconfigs', 'pipelineruns', 'repositoryconnections']
  const roles = ['view', 'edit', 'admin']
  const reviewType: ResourceType = {
    group: 'authorization.k8s.io',
    version: 'v1',
    plural: 'subjectaccessreviews',
    kind: 'SubjectAccessReview',
    namespaced: false,
  }

  const userOf = (role: string) => `user-of-${role}`

  beforeAll(async () => {
    const rbac = 'rbac.authorization.k8s.io'
    const bindings = roles.map((role) => ({
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: named(role),
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
      subjects: [{ apiGroup: rbac, kind: 'User', name: userOf(role) }],
    }))
    await world.send(['create'], ...renderAggregatedRoles(), ...bindings)
    await eventually('the aggregation of roles', async () => {
      // The last right of each role that is aggregated into it: each is made by itself.
      const can = await Promise.all([
        may('view', 'list pipelineruns'),
        may('edit', 'list repositoryconnections'),
        may('edit', 'deletecollection repositoryconnections'),
        may('admin', 'deletecollection repositoryconnections'),
        may('admin', 'approve pipelineruns'),
      ])
      return can.every(Boolean) || undefined
    })
  })

  async function may(role: string, right: string, namespace = world.namespace): Promise<boolean> {
    const [verb = '', path = ''] = right.split(' ')
    const [resource = '', subresource] = path.split('/')
    const wanted = {
      namespace,
      group: 'c8s.dev',
      verb,
      resource,
      ...(subresource === undefined ? {} : { subresource }),
    }
    const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', metadata: {} }
    const asked = { ...review, spec: { user: userOf(role), resourceAttributes: wanted } }
    const { status } = await world.admin.create<KubeObject & { status?: { allowed: boolean } }>(reviewType, asked)
    return status?.allowed === true
  }

  test.each([
    ['view', reads, []],
    ['edit', [...reads, ...writes], []],
    ['admin', [...reads, ...writes], ['approve pipelineruns']],
  ])('%s may do just what docs/kubectl.md says', async (role, wanted, more) => {
    const resources = [...kinds, ...kinds.map((kind) => `${kind}/status`)]
    const all = resources.flatMap((kind) => verbs.map((verb) => `${verb} ${kind}`))
    const answers = await Promise.all(all.map((right) => may(role, right)))
    const found = all.filter((_, at) => answers[at])
    expect(found.toSorted()).toEqual(
      [...kinds.flatMap((kind) => wanted.map((verb) => `${verb} ${kind}`)), ...more].toSorted(),
    )
    expect(await may(role, 'get pipelineruns', 'default')).toBe(false)
  })

  test('kubectl auth can-i says the same, and so do its answers', async () => {
    const can = async (role: string, ...right: readonly string[]) =>
      (await world.ask(['auth', 'can-i', ...right, '--as', userOf(role)])).text
    expect(await can('view', 'create', 'pipelineruns.c8s.dev')).toBe('no')
    expect(await can('edit', 'create', 'pipelineruns.c8s.dev')).toBe('yes')
    expect(await can('edit', 'approve', 'pipelineruns.c8s.dev')).toBe('no')
    expect(await can('admin', 'approve', 'pipelineruns.c8s.dev')).toBe('yes')
    const create = (role: string) =>
      world.ask({
        args: ['create', '--as', userOf(role), '-f', '-'],
        input: JSON.stringify(aRun({}, named(`by-${role}`))),
      })
    expect((await create('view')).text).toContain('cannot create resource "pipelineruns" in API group "c8s.dev"')
    expect(await create('edit')).toMatchObject({ code: 0 })
  })
})
