import { describe, expect, test } from 'vitest'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { createTestAdmission } from '../../test/helpers/admission.ts'
import { aConfig } from '../../test/helpers/admission-objects.ts'
import { parseAuthor } from './pipeline-config.ts'

const type = resourceTypes.pipelineConfig
const key = 'c8s.dev/author'
const author = '{"username":"dev","groups":["team-a","system:authenticated"],"uid":"dev-uid"}'
const stored = aConfig({}, { annotations: { [key]: author, mine: 'x' } })
const eve = { username: 'eve', groups: [] }
const authorOf = ({ metadata }: KubeObject) => metadata.annotations?.[key]

test('who creates a config is its author, and nothing else is changed', async () => {
  const { object } = await createTestAdmission().mutate({ type, object: aConfig() })
  expect(object).toEqual({ ...aConfig(), metadata: { ...aConfig().metadata, annotations: { [key]: author } } })
})

test('an author that the client claims is replaced', async () => {
  const object = aConfig({}, { annotations: { [key]: author } })
  const { object: mutated } = await createTestAdmission().mutate({ type, object, user: eve })
  expect(authorOf(mutated)).toBe('{"username":"eve","groups":[],"uid":""}')
})

test('who changes the spec becomes the author', async () => {
  const object = aConfig({ timeout: '5m' }, stored.metadata)
  const { object: mutated } = await createTestAdmission().mutate({ type, object, oldObject: stored, user: eve })
  expect(authorOf(mutated)).toContain('"eve"')
})

test.each([
  ['changed', { [key]: '{"username":"boss","groups":[]}', mine: 'y' }],
  ['taken away', { mine: 'y' }],
])('an author that is %s by hand comes back', async (...[, annotations]) => {
  const object = aConfig({}, { annotations })
  const { object: mutated } = await createTestAdmission().mutate({ type, object, oldObject: stored, user: eve })
  expect(mutated.metadata.annotations).toEqual({ mine: 'y', [key]: author })
})

test('an author that never was is not made up by a change of labels', async () => {
  const object = aConfig({}, { labels: { a: 'b' }, annotations: { [key]: author } })
  const { object: mutated } = await createTestAdmission().mutate({ type, object, oldObject: aConfig(), user: eve })
  expect(mutated.metadata.annotations).toEqual({})
})

test('the record is read back as it was written, and nothing else is taken for one', async () => {
  expect(parseAuthor(stored)).toEqual({ username: 'dev', groups: ['team-a', 'system:authenticated'], uid: 'dev-uid' })
  for (const text of [
    '',
    'dev',
    '{}',
    '[]',
    '{"username":""}',
    '{"username":"x","groups":"y"}',
    '{"username":1,"groups":[]}',
  ]) {
    expect(parseAuthor(aConfig({}, { annotations: { [key]: text } }))).toBeUndefined()
  }
})

test('a config that is being deleted is let go unchanged', async () => {
  const oldObject = aConfig({}, { deletionTimestamp: '2026-11-21T10:00:00Z', finalizers: ['x'] })
  const { response } = await createTestAdmission().mutate({ type, object: aConfig(), oldObject })
  expect(response).toEqual({ uid: 'review-1', allowed: true })
})

describe('who asked for a run', () => {
  const [asked, by] = ['c8s.dev/run-requested', 'c8s.dev/run-requested-by']
  const asking = (annotations: Readonly<Record<string, string>>) => aConfig({}, { annotations })
  test.each<[string, Readonly<Record<string, string>>, Readonly<Record<string, string>>, string | undefined]>([
    ['for the first time', {}, { [asked]: '1' }, 'eve'],
    ['once more', { [asked]: '1', [by]: 'dev' }, { [asked]: '2', [by]: 'dev' }, 'eve'],
    ['in the name of another', {}, { [asked]: '1', [by]: 'boss' }, 'eve'],
    ['and not again', { [asked]: '1', [by]: 'dev' }, { [asked]: '1', [by]: 'dev', x: 'y' }, 'dev'],
    ['and is somebody else later', { [asked]: '1', [by]: 'dev' }, { [asked]: '1', [by]: 'boss' }, 'dev'],
    ['and is forgotten', { [asked]: '1', [by]: 'dev' }, { [asked]: '1' }, 'dev'],
    ['and takes it back', { [asked]: '1', [by]: 'dev' }, { [by]: 'dev' }, undefined],
    ['but did not', {}, { [by]: 'boss' }, undefined],
  ])('%s', async (...[, before, after, want]) => {
    const admission = createTestAdmission()
    const [oldObject, object] = [asking(before), asking(after)]
    const { object: mutated } = await admission.mutate({ type, object, oldObject, user: eve })
    expect(mutated.metadata.annotations?.[by]).toBe(want)
    expect(mutated.metadata.annotations?.[asked]).toBe(after[asked])
    expect((await admission.mutate({ type, object: mutated, oldObject, user: eve })).object).toEqual(mutated)
  })

  test('counts for a new config, too', async () => {
    const { object } = await createTestAdmission().mutate({
      type,
      object: asking({ [asked]: '1', [by]: 'boss' }),
      user: eve,
    })
    expect(object.metadata.annotations).toMatchObject({ [asked]: '1', [by]: 'eve' })
  })
})
