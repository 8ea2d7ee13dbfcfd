import { expect, it } from 'vitest'
import { KubeError } from '../../src/kube/kube-error.ts'
import type { KubeApi, WatchEvent } from '../../src/kube/ports.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'

const { secret } = resourceTypes

export interface WatcherUnderTest {
  readonly api: () => KubeApi
  readonly namespace: () => string
}

/** What every KubeWatcher must do; run on the fake and on a real API server. */
export function describeKubeWatcher({ api, namespace }: WatcherUnderTest): void {
  let serial = 0
  const newObject = (labels: Record<string, string> = {}): KubeObject => ({
    metadata: { namespace: namespace(), name: `watched-${(serial += 1)}`, labels },
  })
  const keyOf = ({ metadata }: KubeObject) => ({ namespace: namespace(), name: metadata.name ?? '' })
  const versionNow = async () => (await api().list(secret, { namespace: namespace() })).metadata.resourceVersion ?? ''

  async function take(count: number, from: string, labelSelector?: string): Promise<WatchEvent[]> {
    const controller = new AbortController()
    const taken: WatchEvent[] = []
    const watch = api().watch(secret, {
      namespace: namespace(),
      ...(labelSelector === undefined ? {} : { labelSelector }),
      resourceVersion: from,
      timeoutSeconds: 30,
      signal: controller.signal,
    })
    for await (const event of watch) {
      if (event.type !== 'BOOKMARK' && taken.push(event) === count) {
        break
      }
    }
    controller.abort()
    return taken
  }

  it('tells what happened after a resourceVersion, in order', async () => {
    const from = await versionNow()
    const made = await api().create(secret, newObject())
    await api().patch(secret, keyOf(made), { metadata: { labels: { a: '1' } } })
    await api().remove(secret, keyOf(made))
    const events = await take(3, from)
    expect(events.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'DELETED'])
    expect(events.every(({ object }) => object.kind === 'Secret' && object.metadata.uid === made.metadata.uid)).toBe(
      true,
    )
    const versions = events.map(({ object }) => Number(object.metadata.resourceVersion))
    expect(versions).toEqual(versions.toSorted((a, b) => a - b))
  })

  it('tells what happens while it is open', async () => {
    const waiting = take(1, await versionNow())
    const made = await api().create(secret, newObject())
    expect((await waiting)[0]?.object.metadata.name).toBe(made.metadata.name)
  })

  it('adds what comes into the selector and deletes what leaves it', async () => {
    const from = await versionNow()
    const made = await api().create(secret, newObject())
    await api().patch(secret, keyOf(made), { metadata: { labels: { chosen: 'yes' } } })
    await api().patch(secret, keyOf(made), { metadata: { labels: { chosen: null } } })
    expect((await take(2, from, 'chosen=yes')).map(({ type }) => type)).toEqual(['ADDED', 'DELETED'])
  })

  it('ends with an error when it is given up', async () => {
    const controller = new AbortController()
    const watch = api().watch(secret, {
      namespace: namespace(),
      resourceVersion: await versionNow(),
      timeoutSeconds: 30,
      signal: controller.signal,
    })
    const next = watch[Symbol.asyncIterator]().next()
    controller.abort()
    await expect(next).rejects.toBeInstanceOf(KubeError)
  })

  it('gives a list in pages', async () => {
    for (let index = 0; index < 4; index += 1) {
      await api().create(secret, newObject({ paged: 'yes' }))
    }
    const names = new Set<string | undefined>()
    for await (const page of api().listPages(secret, { namespace: namespace(), labelSelector: 'paged=yes' })) {
      page.items.forEach(({ metadata }) => names.add(metadata.name))
    }
    expect(names.size).toBe(4)
  })
}
