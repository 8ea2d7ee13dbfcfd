import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { tryKubectl } from '../../deploy/install/kubectl.ts'
import { type Manifest, TestCluster } from '../helpers/cluster.ts'
import { badMeanings } from '../helpers/manifests/bad-meanings.ts'
import { badShapes } from '../helpers/manifests/bad-shapes.ts'
import { goodManifests } from '../helpers/manifests/good.ts'
import { config, connection } from '../helpers/manifests/manifest.ts'

const cluster = new TestCluster('c8s-e2e-manifests')
const read = (text: string) => JSON.parse(text) as Manifest
/** kubectl apply keeps the manifest in an annotation of at most 256 KiB; beyond that only create is possible. */
const submit = (text: string) =>
  text.length < 250_000
    ? cluster.tryApply(read(text))
    : tryKubectl(cluster.target, ['-n', cluster.namespace, 'create', '-f', '-'], text)
const named = (text: string, name: string): Manifest => ({ ...read(text), metadata: { name } })
/** Field errors of the API server name a list item by its field, ours by its place: what both have in common. */
const parentOf = (path: string) => path.replace(/(\.\w+|\[\d+\])$/, '')

const isFromEvent = (text: string) => JSON.stringify(read(text)).includes('"event":{')

beforeAll(() => {
  cluster.createNamespace()
  // What the good runs refer to.
  cluster.apply(named(config({}), 'app'), named(config({}), 'a'))
})
afterAll(() => cluster.removeNamespace())

describe('kubectl apply refuses', () => {
  it.each(badShapes)('$name', ({ text, path }) => {
    const { code, stderr } = submit(text)
    expect(code).not.toBe(0)
    expect(stderr).toContain(parentOf(path))
    expect(stderr).not.toContain('hunter2')
  })

  it.each(badMeanings)('$name', ({ text, path }) => {
    const { code, stderr } = submit(text)
    expect(code).not.toBe(0)
    expect(stderr).toContain(`${path}: `)
    expect(stderr).not.toMatch(/hunter2|ghp_0123456789/)
  })
})

describe('kubectl apply takes', () => {
  it.each(goodManifests.filter(({ text }) => !isFromEvent(text)))('$name', ({ text }) => {
    const { code, stderr } = submit(text)
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
    cluster.try('delete', read(text).kind ?? '', read(text).metadata.name ?? '', '--wait=false')
  })

  it.each(goodManifests.filter(({ text }) => isFromEvent(text)))('only from c8s itself: $name', ({ text }) => {
    const { code, stderr } = submit(text)
    expect(code).not.toBe(0)
    expect(stderr).toContain('spec.event: Forbidden')
  })

  it('the examples of the source documents, in any order and twice', () => {
    const folder = join(import.meta.dirname, '../golden/seeds')
    const seeds = ['repository-connection', 'pipeline-config', 'pipeline-run'].map((name) => {
      const seed = parse(readFileSync(join(folder, `${name}.yaml`), 'utf8')) as Manifest
      return { ...seed, metadata: { name: seed.metadata.name ?? '' } }
    })
    for (const round of ['first', 'second'])
      for (const seed of seeds) {
        const { code, stderr } = cluster.tryApply(seed)
        expect({ round, kind: seed.kind, code, stderr: code === 0 ? '' : stderr }).toMatchObject({ code: 0 })
      }
  })

  it('an unknown field only where it is told not to validate', () => {
    const mistyped = read(connection({ webhookSecretRefs: 'x' }))
    expect(cluster.tryApply(mistyped).stderr).toMatch(/unknown field "(spec\.)?webhookSecretRefs"/)
  })
})
