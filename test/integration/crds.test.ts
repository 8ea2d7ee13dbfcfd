import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { PipelineConfig, PipelineRun, RepositoryConnection } from '../../crds/compiled/checks.mjs'
import { type KindDefinition, kindDefinitions } from '../../crds/definitions.ts'
import { dropNulls } from '../../crds/nulls.ts'
import { toNode } from '../../crds/schema.ts'
import { createShapeCheck } from '../../crds/shape.ts'
import { createKubeClient } from '../../src/kube/adapter.ts'
import { type KubeConnection, openConnection } from '../../src/kube/connection.ts'
import { KubeError } from '../../src/kube/kube-error.ts'
import type { KubeApi } from '../../src/kube/ports.ts'
import type { KubeObject, ResourceType } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { arbitraryDamage, arbitraryOf } from '../helpers/arbitrary-object.ts'
import { badMeanings } from '../helpers/manifests/bad-meanings.ts'
import { badShapes } from '../helpers/manifests/bad-shapes.ts'
import { goodManifests } from '../helpers/manifests/good.ts'
import { event, run } from '../helpers/manifests/manifest.ts'

type Json = Readonly<Record<string, unknown>>
type AnyObject = KubeObject & { readonly spec?: Json; readonly status?: Json }

const definitionType: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
}
const typeOf: Readonly<Record<string, ResourceType>> = {
  PipelineConfig: resourceTypes.pipelineConfig,
  PipelineRun: resourceTypes.pipelineRun,
  RepositoryConnection: resourceTypes.repositoryConnection,
}

let connection: KubeConnection
let api: KubeApi
let namespace: string

/** What the API server answers to a dry-run create: the object, or why not. */
async function tryCreate(object: AnyObject): Promise<AnyObject | KubeError> {
  const type = typeOf[object.kind ?? ''] ?? resourceTypes.pipelineConfig
  const placed = { ...object, metadata: { ...object.metadata, namespace } }
  return api.create<AnyObject>(type, placed, { dryRun: true }).catch((error: unknown) => {
    if (error instanceof KubeError && error.status >= 400 && error.status < 500) return error
    throw error
  })
}

const create = (text: string) => tryCreate(JSON.parse(text) as AnyObject)
const readSeed = (file: string) =>
  parse(readFileSync(join(import.meta.dirname, '../golden/seeds', file), 'utf8')) as AnyObject

beforeAll(async () => {
  connection = await openConnection(process.env)
  api = createKubeClient(connection)
  const made = await api.create<KubeObject>(resourceTypes.namespace, { metadata: { generateName: 'c8s-crds-' } })
  namespace = made.metadata.name ?? ''
})
afterAll(async () => {
  await api.remove(resourceTypes.namespace, { name: namespace })
  connection.close()
})

describe('the definitions', () => {
  it.each(kindDefinitions.map(({ plural }) => plural))(
    '%s is established, structural and of accepted names',
    async (plural) => {
      const name = `${plural}.c8s.dev`
      const found = await api.get<KubeObject & { status: { conditions: { type: string; status: string }[] } }>(
        definitionType,
        { name },
      )
      const holding = found?.status.conditions.filter(({ status }) => status === 'True').map(({ type }) => type)
      expect(holding?.sort()).toEqual(['Established', 'NamesAccepted'])
    },
  )
})

describe('the tables', () => {
  it.each(badShapes)('refused by the schema: $name', async ({ text, path }) => {
    const answer = await create(text)
    expect(answer).toBeInstanceOf(KubeError)
    // For a list-map the server names the item, for a missing field the field, for text the place: our path or its parent.
    const parent = path.replace(/(\.\w+|\[\d+\])$/, '')
    expect((answer as KubeError).detail).toContain(parent)
  })

  it.each(badMeanings)('left to the webhook: $name', async ({ text }) => {
    expect(await create(text)).not.toBeInstanceOf(KubeError)
  })

  it.each(goodManifests)('accepted and kept whole: $name', async ({ text }) => {
    expect(await create(text)).toMatchObject({ spec: (JSON.parse(text) as AnyObject).spec })
  })

  it.each(['pipeline-config.yaml', 'pipeline-run.yaml', 'repository-connection.yaml'])('seed %s', async (file) => {
    const seed = readSeed(file)
    expect(await tryCreate(seed)).toMatchObject({ spec: seed.spec })
  })
})

describe('our verdict is the API server’s', () => {
  const checkOf = { PipelineConfig, PipelineRun, RepositoryConnection }
  const specOf = ({ schema }: KindDefinition) => toNode(schema).properties?.['spec'] ?? {}
  const wrap = (kind: string, spec: unknown): AnyObject => ({
    apiVersion: 'c8s.dev/v1alpha1',
    kind,
    metadata: { name: 'generated' },
    spec: spec as Json,
  })
  /** What CEL holds of a step: it has something to do. */
  const giveWork = (pipeline: Json): Json => {
    const fill = (step: Json) => ({ image: 'i', commands: ['c'], ...step })
    const listed = ['steps', 'finally'].flatMap((list) =>
      Array.isArray(pipeline[list]) ? [[list, (pipeline[list] as Json[]).map(fill)] as const] : [],
    )
    return { ...pipeline, ...Object.fromEntries(listed) }
  }
  /** And of a run: a commit, one of the three to run, and a rejection only beside an event. */
  const chooseOne = (kind: string, { rejected, ...given }: Json): Json => {
    if (kind === 'PipelineConfig') return giveWork(given)
    if (kind !== 'PipelineRun') return given
    const inline = given['pipelineSpec'] as Json | undefined
    const spec: Json = {
      commit: 'abc1234',
      ...given,
      ...(inline === undefined ? {} : { pipelineSpec: giveWork(inline) }),
    }
    const { pipelineSpec: _pipeline, ...rest } = spec
    if (rejected !== undefined && spec['event'] !== undefined) {
      const { pipelineConfigRef: _ref, ...bare } = rest
      return { ...bare, rejected }
    }
    return spec['pipelineConfigRef'] === undefined && spec['pipelineSpec'] === undefined
      ? { ...rest, pipelineConfigRef: 'a' }
      : spec['pipelineConfigRef'] === undefined
        ? spec
        : rest
  }

  it.each(kindDefinitions)('on valid objects, which come back whole: $kind', async (definition) => {
    const check = createShapeCheck(checkOf[definition.kind], definition.schema)
    await fc.assert(
      fc.asyncProperty(arbitraryOf(specOf(definition)), async (spec) => {
        const object = wrap(definition.kind, chooseOne(definition.kind, spec as Json))
        expect(check(object).errors).toEqual([])
        const answer = await tryCreate(object)
        expect(answer instanceof KubeError ? answer.detail : answer.spec).toEqual(object.spec)
      }),
      { numRuns: 60 },
    )
  })

  /** Where the API server is laxer: it takes a list for a text that has a format. The webhook does not. */
  const laxity =
    /^spec\.(triggeredAt|event\.receivedAt|approvalRecords.*\.at|plan\.reused.*Time): must be text, not a list$/
  const celRules = /exactly one of|rejected must have an event|image and commands must be given|commit must be given/

  it.each(kindDefinitions)('on damaged objects: $kind', async (definition) => {
    const check = createShapeCheck(checkOf[definition.kind], definition.schema)
    const damaged = arbitraryOf(specOf(definition))
      .map((spec) => chooseOne(definition.kind, spec as Json))
      .chain(arbitraryDamage)
    await fc.assert(
      fc.asyncProperty(damaged, async (spec) => {
        const object = JSON.parse(JSON.stringify(wrap(definition.kind, spec))) as AnyObject
        const answer = await tryCreate(object)
        const isCel = answer instanceof KubeError && celRules.test(answer.detail)
        const ours = check(dropNulls(object, toNode(definition.schema)))
          .errors.map(({ path, message }) => `${path}: ${message}`)
          .filter((error) => !laxity.test(error))
        const theirs = answer instanceof KubeError && !isCel ? answer.detail : ''
        expect({ ours, theirs, agree: ours.length > 0 === (theirs !== '') || isCel }).toMatchObject({ agree: true })
      }),
      { numRuns: 200 },
    )
  })
})

describe('what holds without webhooks', () => {
  const type = resourceTypes.pipelineRun
  const refusal = (patch: Promise<unknown>) =>
    patch.then(
      () => 'accepted',
      (error: unknown) => (error instanceof KubeError ? error.detail : String(error)),
    )
  const makeRun = async (name: string, changes: Json = {}) => {
    const object = JSON.parse(run(changes)) as AnyObject
    await api.create<AnyObject>(type, { ...object, metadata: { name, namespace } })
    const key = { name, namespace }
    return {
      patch: (spec: Json) => refusal(api.patch(type, key, { spec })),
      patchStatus: (status: Json) => refusal(api.patch(type, key, { status }, { subresource: 'status' })),
    }
  }

  it('an object that nobody has looked at says so, to kstatus too', async () => {
    await makeRun('unseen')
    expect(await api.get(type, { name: 'unseen', namespace })).toMatchObject({ status: { observedGeneration: -1 } })
  })

  it.each([
    ['the config', { pipelineConfigRef: 'other' }, 'pipelineConfigRef cannot be changed'],
    ['the commit', { commit: 'fff0000' }, 'commit cannot be changed'],
    ['a branch that was not there', { branch: 'main' }, 'branch cannot be changed'],
    ['who asked', { triggeredBy: 'me' }, 'triggeredBy cannot be changed'],
    ['the plan', { plan: { repository: 'https://h/a', steps: [], timeoutSeconds: 1 } }, 'plan'],
    ['what it was not made from', { event: event() }, 'event cannot be changed'],
    ['a pipeline beside the config', { pipelineSpec: { repository: 'https://h/a', steps: [] } }, 'pipelineSpec'],
  ])('a run keeps %s', async (what, patch, want) => {
    const { patch: change } = await makeRun(`keeps-${what.replaceAll(' ', '-')}`)
    expect(await change(patch)).toContain(want)
  })

  it('a run is cancelled, and not resumed', async () => {
    const { patch } = await makeRun('cancelled', { branch: 'main' })
    expect(await patch({ cancel: false })).toBe('accepted')
    expect(await patch({ cancel: true })).toBe('accepted')
    expect(await patch({ cancel: false })).toContain('cannot be started again')
    expect(await patch({ cancel: null })).toContain('cannot be started again')
  })

  it('an approval is given once, and stays', async () => {
    const { patch } = await makeRun('approved')
    expect(await patch({ approvedCommit: 'a'.repeat(40) })).toBe('accepted')
    expect(await patch({ approvedCommit: 'b'.repeat(40) })).toContain('cannot be taken back')
    expect(await patch({ approvedCommit: null })).toContain('cannot be taken back')
    expect(await patch({ cancel: true })).toBe('accepted')
  })

  it.each(['Succeeded', 'Failed', 'Cancelled'])('%s is final', async (phase) => {
    const { patchStatus } = await makeRun(`final-${phase.toLowerCase()}`)
    expect(await patchStatus({ phase: 'Pending' })).toBe('accepted')
    expect(await patchStatus({ phase: 'Running' })).toBe('accepted')
    expect(await patchStatus({ phase: 'Pending' })).toContain('cannot go back')
    expect(await patchStatus({ phase })).toBe('accepted')
    expect(await patchStatus({ message: 'kept' })).toBe('accepted')
    expect(await patchStatus({ phase: 'Running' })).toContain('final')
    expect(await patchStatus({ phase: null })).toContain('final')
  })

  it('the phase of a step is final too', async () => {
    const { patchStatus } = await makeRun('steps')
    expect(await patchStatus({ steps: [{ name: 'a', phase: 'Running' }] })).toBe('accepted')
    expect(await patchStatus({ steps: [{ name: 'a', phase: 'Pending' }] })).toContain('cannot go back')
    expect(
      await patchStatus({
        steps: [
          { name: 'a', phase: 'Failed' },
          { name: 'b', phase: 'Skipped' },
        ],
      }),
    ).toBe('accepted')
    expect(await patchStatus({ steps: [{ name: 'a', phase: 'Running' }] })).toContain('final')
  })
})
