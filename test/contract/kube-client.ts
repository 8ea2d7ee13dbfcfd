import { expect, it } from 'vitest'
import { isAlreadyExists, isConflict, isNotFound, KubeError } from '../../src/kube/kube-error.ts'
import type { KubeClient } from '../../src/kube/ports.ts'
import type { Job, KubeObject, Pod } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'

const { job, pod, secret, lease, subjectAccessReview } = resourceTypes

export interface ClientUnderTest {
  readonly client: () => KubeClient
  /** A namespace that exists and is empty of what the suite makes. */
  readonly namespace: () => string
}

interface Lease extends KubeObject {
  readonly spec: { readonly holderIdentity?: string; readonly leaseTransitions?: number }
}

/** What every KubeClient must do: run on the fake as a unit test, on a real API server as an integration test. */
export function describeKubeClient({ client, namespace }: ClientUnderTest): void {
  let serial = 0
  const newKey = () => ({ namespace: namespace(), name: `contract-${(serial += 1)}` })
  const newSecret = (labels: Record<string, string> = {}) => {
    const key = newKey()
    return { key, object: { metadata: { ...key, labels }, data: { a: 'YQ==' } } as KubeObject }
  }
  const newJob = (): Job & { spec: { managedBy: string } } => ({
    metadata: newKey(),
    spec: {
      backoffLimit: 0,
      // On a cluster with a Job controller this Job is to stay as it is.
      managedBy: 'c8s.dev/contract',
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'step', image: 'none.invalid/none' }] } },
    },
  })
  const failure = async (promise: Promise<unknown>): Promise<KubeError> => {
    const error = await promise.then(
      () => undefined,
      (error: unknown) => error,
    )
    expect(error).toBeInstanceOf(KubeError)
    return error as KubeError
  }

  it('answers undefined for an object that does not exist', async () => {
    expect(await client().get(secret, newKey())).toBeUndefined()
    expect(await client().getMetadata(secret, newKey())).toBeUndefined()
  })

  it('creates, with identity and kind from the server, and reads the same', async () => {
    const { key, object } = newSecret()
    const made = await client().create(secret, object)
    expect(made).toMatchObject({ apiVersion: 'v1', kind: 'Secret', metadata: key, data: { a: 'YQ==' } })
    expect(made.metadata.uid).toMatch(/^[0-9a-f-]{36}$/)
    expect(Date.parse(made.metadata.creationTimestamp ?? '')).toBeGreaterThan(0)
    expect(await client().get(secret, key)).toEqual(made)
  })

  it('reads metadata without the data', async () => {
    const { key, object } = newSecret({ team: 'a' })
    await client().create(secret, object)
    const metadata = await client().getMetadata(secret, key)
    expect(metadata).toMatchObject({ kind: 'Secret', metadata: { ...key, labels: { team: 'a' } } })
    expect(metadata).not.toHaveProperty('data')
  })

  it('says AlreadyExists with status 409 for a taken name', async () => {
    const { object } = newSecret()
    await client().create(secret, object)
    const error = await failure(client().create(secret, object))
    expect(error.status).toBe(409)
    expect(isAlreadyExists(error)).toBe(true)
    expect(isConflict(error)).toBe(false)
    expect(error.message).toContain(`create secrets ${namespace()}/${object.metadata.name}`)
  })

  it('makes a name from generateName', async () => {
    const metadata = { namespace: namespace(), generateName: 'contract-made-' }
    const made = await client().create<KubeObject>(secret, { metadata })
    expect(made.metadata.name).toMatch(/^contract-made-.{5}$/)
  })

  it.each(['', '..', 'a/b', 'a%2Fb'])('refuses %j as a name before anything is asked', async (name) => {
    const key = { namespace: namespace(), name }
    expect((await failure(client().get(secret, key))).status).toBe(400)
    expect((await failure(client().remove(secret, key))).status).toBe(400)
  })

  it('refuses a name that is not a DNS name as Invalid', async () => {
    const error = await failure(client().create(secret, { metadata: { namespace: namespace(), name: 'No_Name' } }))
    expect(error).toMatchObject({ status: 422, reason: 'Invalid' })
  })

  it('stores nothing on a dry run', async () => {
    const { key, object } = newSecret()
    expect((await client().create(secret, object, { dryRun: true })).metadata.name).toBe(key.name)
    expect(await client().get(secret, key)).toBeUndefined()
    await client().create(secret, object)
    await client().patch(secret, key, { data: { a: 'Yg==' } }, { dryRun: true })
    expect(await client().get(secret, key)).toMatchObject({ data: { a: 'YQ==' } })
  })

  it('replaces only the version it was told', async () => {
    const key = newKey()
    const made = await client().create<Lease>(lease, { metadata: key, spec: { holderIdentity: 'a' } })
    const taken = await client().replace<Lease>(lease, { ...made, spec: { holderIdentity: 'b' } })
    expect(taken.metadata.resourceVersion).not.toBe(made.metadata.resourceVersion)
    const error = await failure(client().replace<Lease>(lease, { ...made, spec: { holderIdentity: 'c' } }))
    expect(isConflict(error)).toBe(true)
    expect((await client().get<Lease>(lease, key))?.spec.holderIdentity).toBe('b')
  })

  it('makes no new version where nothing changes', async () => {
    const { key, object } = newSecret()
    const made = await client().create(secret, object)
    const patched = await client().patch(secret, key, { data: { a: 'YQ==' } })
    expect(patched.metadata.resourceVersion).toBe(made.metadata.resourceVersion)
  })

  it('merges a patch, removes by null, honours a resourceVersion in it', async () => {
    const { key, object } = newSecret({ keep: '1', drop: '1' })
    const made = await client().create(secret, object)
    const patched = await client().patch(secret, key, { metadata: { labels: { drop: null, add: '1' } } })
    expect(patched.metadata.labels).toEqual({ keep: '1', add: '1' })
    const { resourceVersion } = made.metadata
    const error = await failure(client().patch(secret, key, { metadata: { resourceVersion, labels: { late: '1' } } }))
    expect(isConflict(error)).toBe(true)
  })

  it('says NotFound for a write to what is not there', async () => {
    expect(isNotFound(await failure(client().patch(secret, newKey(), { data: {} })))).toBe(true)
    expect(isNotFound(await failure(client().replace(secret, { metadata: newKey() })))).toBe(true)
  })

  it('keeps the status of a Job to its subresource', async () => {
    const made = await client().create(job, { ...newJob(), status: { succeeded: 1 } })
    expect(made).not.toHaveProperty('status.succeeded')
    const key = { namespace: namespace(), name: made.metadata.name ?? '' }
    await client().patch(job, key, { status: { active: 3 } })
    expect(await client().get(job, key)).not.toHaveProperty('status.active', 3)
    const patched = await client().patch<Job>(job, key, { spec: { suspend: true }, status: { active: 2 } }, status)
    expect(patched.status?.active).toBe(2)
    expect(patched.spec?.suspend ?? false).toBe(false)
    expect(patched.metadata.generation).toBe(1)
    const changed = await client().patch<Job>(job, key, { spec: { suspend: true } })
    expect(changed.metadata.generation).toBe(2)
    expect(changed.status?.active).toBe(2)
  })

  it('applies: creates, changes, and removes what the same manager applied before', async () => {
    const key = newKey()
    const first = { metadata: { ...key, labels: { a: '1', b: '1' } } }
    await client().apply(secret, first, { fieldManager: 'one' })
    await client().patch(secret, key, { metadata: { labels: { other: '1' } } }, { fieldManager: 'two' })
    await client().apply(secret, { metadata: { ...key, labels: { a: '2' } } }, { fieldManager: 'one' })
    expect((await client().get(secret, key))?.metadata.labels).toEqual({ a: '2', other: '1' })
  })

  it("applies nothing twice, and not over another manager's value unless forced", async () => {
    const key = newKey()
    const one = { metadata: { ...key, labels: { a: '1' } } }
    const made = await client().apply<KubeObject>(secret, one, { fieldManager: 'one' })
    const again = await client().apply<KubeObject>(secret, one, { fieldManager: 'one' })
    expect(again.metadata.resourceVersion).toBe(made.metadata.resourceVersion)
    const two = { metadata: { ...key, labels: { a: '2' } } }
    const error = await failure(client().apply(secret, two, { fieldManager: 'two' }))
    expect(isConflict(error)).toBe(true)
    const forced = await client().apply(secret, two, { fieldManager: 'two', force: true })
    expect(forced.metadata.labels).toEqual({ a: '2' })
  })

  it('applies a status, its conditions merged by type', async () => {
    const made = await client().create(pod, newPod(newKey()))
    const key = { namespace: namespace(), name: made.metadata.name ?? '' }
    const condition = (type: string, value: string) => ({
      type,
      status: value,
      lastTransitionTime: '2026-01-01T00:00:00Z',
    })
    const set = async (fieldManager: string, ...types: string[]) => {
      const conditions = types.map((type) => condition(type, 'True'))
      const object = { metadata: key, status: types.length === 0 ? {} : { conditions } } as KubeObject
      return client().apply<Pod>(pod, object, { fieldManager, ...status })
    }
    const listTypes = ({ status }: Pod) => status?.conditions?.map(({ type }) => type)
    await set('one', 'c8s.dev/One')
    const both = await set('two', 'c8s.dev/Two')
    expect(listTypes(both)).toEqual(expect.arrayContaining(['c8s.dev/One', 'c8s.dev/Two']))
    expect(both).toMatchObject({ spec: { containers: [{ name: 'step' }] } })
    expect(listTypes(await set('two'))).toEqual(listTypes(both)?.filter((type) => type !== 'c8s.dev/Two'))
  })

  it('removes, once and again, and only the uid it was told', async () => {
    const { key, object } = newSecret()
    const made = await client().create(secret, object)
    await client().remove(secret, key, { uid: '00000000-0000-0000-0000-000000000000' })
    expect(await client().get(secret, key)).toEqual(made)
    const late = client().remove(secret, key, { resourceVersion: '1' })
    expect(isConflict(await failure(late))).toBe(true)
    await client().remove(secret, key, { uid: made.metadata.uid ?? '' })
    expect(await client().get(secret, key)).toBeUndefined()
    await client().remove(secret, key)
  })

  it('keeps an object until its last finalizer is gone', async () => {
    const key = newKey()
    await client().create(secret, { metadata: { ...key, finalizers: ['c8s.dev/contract'] } })
    await client().remove(secret, key)
    expect((await client().get(secret, key))?.metadata.deletionTimestamp).toBeDefined()
    await client().patch(secret, key, { metadata: { finalizers: null } })
    expect(await client().get(secret, key)).toBeUndefined()
  })

  it.each([
    ['team=a', ['1', '2']],
    ['team=a,size!=big', ['2']],
    ['team in (b, c)', ['3']],
    ['team notin (a),suite', ['3']],
    ['team,!size', ['2', '3']],
  ])('lists by the label selector %s', async (labelSelector, wanted) => {
    const suite = `s${(serial += 1)}`
    for (const [index, labels] of [{ team: 'a', size: 'big' }, { team: 'a' }, { team: 'b' }].entries()) {
      await client().create(secret, newSecret({ ...labels, suite, index: `${index + 1}` }).object)
    }
    const found = await client().list(secret, {
      namespace: namespace(),
      labelSelector: `suite=${suite},${labelSelector}`,
    })
    expect(found.items.map((item) => item.metadata.labels?.['index'])).toEqual(wanted)
    expect(found.items.every((item) => item.kind === 'Secret' && item.apiVersion === 'v1')).toBe(true)
    expect(Number(found.metadata.resourceVersion)).toBeGreaterThan(0)
  })

  it('lists by field selector, and over all namespaces', async () => {
    const { key, object } = newSecret()
    await client().create(secret, object)
    const fieldSelector = `metadata.name=${key.name}`
    expect((await client().list(secret, { ...key, fieldSelector })).items).toHaveLength(1)
    const everywhere = await client().list(secret, { fieldSelector })
    expect(everywhere.items.map((item) => item.metadata.namespace)).toContain(namespace())
  })

  it('asks a SubjectAccessReview, which is stored nowhere', async () => {
    const spec = {
      user: 'contract',
      groups: ['system:masters'],
      resourceAttributes: { verb: 'use', resource: 'secrets' },
    }
    const review = await client().create(subjectAccessReview, { metadata: {}, spec } as KubeObject)
    expect(review).toMatchObject({ status: { allowed: true } })
  })
}

const status = { subresource: 'status' } as const

function newPod(key: { namespace: string; name: string }): KubeObject {
  const spec = {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    // On a cluster with nodes this pod is to stay as it is.
    schedulerName: 'nobody',
    containers: [{ name: 'step', image: 'none.invalid/none' }],
  }
  return { metadata: key, spec } as KubeObject
}
