import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { array, assert, boolean, constantFrom, option, property, record, string, uniqueArray } from 'fast-check'
import jsonpatch from 'jsonpatch'
import { describe, expect, test } from 'vitest'
import type { Container, PodTemplate } from '../../src/lib/kubernetes.ts'
import { findConflicts } from '../../webhooks/inject/conflicts.ts'
import { covers } from '../../webhooks/inject/covers.ts'
import { injectTemplate } from '../../webhooks/inject/inject.ts'
import { injections } from '../../webhooks/inject/registry.ts'
import { freezeDeep } from '../../webhooks/json.ts'
import { diffObjects } from '../../webhooks/patch.ts'
import { aTemplate, fullFacts, plainFacts } from '../helpers/injection.ts'

const folder = join(import.meta.dirname, '../../webhooks/inject')
/** Files of the folder that are no injection. */
const others = new Set([
  'argv',
  'conflicts',
  'covers',
  'driver-options',
  'inject',
  'injection',
  'overhead',
  'marks',
  'own-container',
  'place',
  'projection',
  'registry',
  'shell-words',
])

const name = string({ minLength: 1, maxLength: 12, unit: constantFrom(...'abcxyz-') }).map((text) => `u${text}`)
const value = string({ maxLength: 20 })
const userContainer = record(
  {
    name,
    image: value,
    command: array(value, { minLength: 1, maxLength: 4 }),
    args: array(value, { maxLength: 4 }),
    env: uniqueArray(record({ name: name.map((text) => text.toUpperCase()), value }), {
      selector: (one) => one.name,
      maxLength: 4,
    }),
    volumeMounts: uniqueArray(record({ name, mountPath: name.map((text) => `/data/${text}`) }), {
      selector: (one) => one.mountPath,
      maxLength: 3,
    }),
    workingDir: constantFrom('/src', ''),
    unknownField: record({ kept: boolean() }),
    securityContext: record({ privileged: boolean() }),
  },
  { requiredKeys: ['name', 'command'] },
)
const containers = uniqueArray(userContainer, { selector: (one) => one.name, minLength: 1, maxLength: 4 })
const template = record(
  {
    containers,
    initContainers: uniqueArray(
      userContainer.map((one) => ({ ...one, name: `i${one.name}` })),
      { selector: (one) => one.name, maxLength: 2 },
    ),
    volumes: uniqueArray(record({ name, emptyDir: record({}) }), { selector: (one) => one.name, maxLength: 3 }),
    nodeSelector: record({ kept: value }),
    terminationGracePeriodSeconds: constantFrom(0, 30, 300),
    securityContext: record({ supplementalGroups: array(constantFrom(1, 2, 65532), { maxLength: 2 }) }),
  },
  { requiredKeys: ['containers'] },
).map((spec) => ({ metadata: { annotations: { mine: 'x' } }, spec: { restartPolicy: 'Never', ...spec } }))

const secret = record(
  {
    secretRef: constantFrom('s1', 's2'),
    key: constantFrom('A', 'B', 'C'),
    envVar: constantFrom('SA', 'SB'),
    file: constantFrom('f1', 'f2'),
  },
  { requiredKeys: ['secretRef', 'key'] },
)
const facts = record({
  jobType: constantFrom('step' as const, 'own' as const),
  restricted: boolean(),
  secrets: array(secret, { maxLength: 4 }),
  clone: option(constantFrom(fullFacts.clone, { options: fullFacts.clone?.options })),
  services: option(constantFrom(fullFacts.services)),
  workspaceClaim: option(constantFrom('run-workspace-1')),
  resources: option(constantFrom(fullFacts.resources)),
  runAsUser: option(constantFrom(0, 1000)),
  timeoutSeconds: option(constantFrom(1, 3600)),
})
/** A template, and facts about one of its containers. */
const given = record({ template, facts, index: constantFrom(0, 1, 2) }).map(({ template, facts, index }) => {
  const chosen = template.spec.containers[index % template.spec.containers.length]?.name ?? ''
  const known = Object.fromEntries(Object.entries(facts).filter(([, part]) => part !== null && part !== undefined))
  return { template, facts: { ...plainFacts, ...known, stepContainer: chosen } }
})

const listNames = (list: readonly { readonly name: string }[] | undefined) => (list ?? []).map((item) => item.name)
const allContainers = ({ spec }: PodTemplate): readonly Container[] => [
  ...(spec.initContainers ?? []),
  ...spec.containers,
]

describe('the registry', () => {
  test('is the folder: one file an injection, called by its id', () => {
    const files = readdirSync(folder)
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => file.replace(/\.ts$/, ''))
    expect(injections.map(({ id }) => id).toSorted()).toEqual(files.filter((file) => !others.has(file)).toSorted())
  })

  test('names nothing twice, cannot be written to, and keeps the order that injections ask for', () => {
    const ids = injections.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(Object.isFrozen(injections)).toBe(true)
    for (const [index, { after = [] }] of injections.entries()) {
      for (const id of after) expect(ids.slice(0, index)).toContain(id)
    }
  })

  test('has a golden case for each', () => {
    const golden = readdirSync(join(import.meta.dirname, '../golden/inject'))
    expect(golden.toSorted()).toEqual(injections.map(({ id }) => id).toSorted())
  })
})

describe.each(injections)('$id', (injection) => {
  test('applied again it changes nothing', () => {
    assert(
      property(given, ({ template, facts }) => {
        if (!injection.appliesTo(template, facts)) return
        const once = injection.apply(freezeDeep(template), facts)
        expect(injection.apply(freezeDeep(once), facts)).toEqual(once)
      }),
    )
  })

  test('it does something where it applies', () => {
    const bare = aTemplate()
    expect(injection.appliesTo(bare, fullFacts)).toBe(true)
    expect(injection.apply(bare, fullFacts)).not.toEqual(bare)
  })
})

describe('all of them together', () => {
  test('three times is once', () => {
    assert(
      property(given, ({ template, facts }) => {
        const once = injectTemplate(template, facts)
        expect(injectTemplate(injectTemplate(once, facts), facts)).toEqual(once)
      }),
    )
  })

  test('the patch, applied by another library, leads to the result', () => {
    assert(
      property(given, ({ template, facts }) => {
        const wanted = injectTemplate(template, facts)
        const patch = structuredClone(diffObjects(template, wanted))
        expect(jsonpatch.apply_patch(structuredClone(template), patch)).toEqual(wanted)
      }),
    )
  })

  test("the author's containers, volumes and fields survive", () => {
    assert(
      property(given, ({ template, facts }) => {
        const full = injectTemplate(template, facts)
        const step = template.spec.containers.find((container) => container.name === facts.stepContainer)
        const untouched = allContainers(template).filter((container) => container !== step)
        for (const container of untouched) expect(allContainers(full)).toContainEqual(container)
        for (const volume of template.spec.volumes ?? []) expect(full.spec.volumes).toContainEqual(volume)
        // What the step's container has of its own, but for the program, which the driver runs now.
        const { command: _command, args: _args, workingDir: _dir, ...kept } = step ?? { name: '' }
        const driven = full.spec.containers.find((container) => container.name === facts.stepContainer)
        const ofRun = facts.jobType === 'step' ? { resources: undefined, securityContext: undefined } : {}
        expect(covers(driven, { ...kept, ...ofRun })).toBe(true)
        expect(full.metadata?.annotations?.['mine']).toBe('x')
        expect(covers(full.spec, { nodeSelector: (template.spec as { nodeSelector?: unknown }).nodeSelector })).toBe(
          true,
        )
      }),
    )
  })

  test('no name is given twice', () => {
    assert(
      property(given, ({ template, facts }) => {
        const full = injectTemplate(template, facts)
        const lists = [allContainers(full), full.spec.volumes, ...allContainers(full).map(({ env }) => env)]
        for (const names of lists.map(listNames)) expect(new Set(names).size).toBe(names.length)
        for (const { volumeMounts = [] } of allContainers(full)) {
          expect(new Set(volumeMounts.map(({ mountPath }) => mountPath)).size).toBe(volumeMounts.length)
        }
      }),
    )
  })

  test('what comes out stands in its own way nowhere, and says all that is wanted', () => {
    assert(
      property(given, ({ template, facts }) => {
        const full = injectTemplate(template, facts)
        expect(findConflicts(full, facts, 'at')).toEqual([])
        expect(covers(full, injectTemplate(full, facts))).toBe(true)
      }),
    )
  })

  test('no value of a Secret, and no volume with one, reaches a container that is not to see it', () => {
    assert(
      property(given, ({ template, facts }) => {
        const full = injectTemplate(template, facts)
        for (const container of allContainers(full)) {
          const mounts = listNames(container.volumeMounts)
          if (container.name !== 'c8s-log') expect(mounts).not.toContain('c8s-mask')
          if (container.name !== 'c8s-clone') expect(mounts).not.toContain('c8s-auth')
          if (container.name !== facts.stepContainer) expect(mounts).not.toContain('c8s-secrets')
        }
      }),
    )
  })

  test('a service comes after the clone, is no container that the pod waits for, and mounts nothing', () => {
    const { initContainers = [] } = injectTemplate(aTemplate(), fullFacts).spec
    expect(listNames(initContainers)).toEqual(['c8s-clone', 'service-db', 'service-cache'])
    for (const { restartPolicy, volumeMounts } of initContainers.slice(1)) {
      expect([restartPolicy, volumeMounts]).toEqual(['Always', undefined])
    }
  })

  test('the shipper is first, and kubectl logs shows it', () => {
    const full = injectTemplate(aTemplate(), plainFacts)
    expect(full.spec.containers[0]?.name).toBe('c8s-log')
    expect(full.metadata?.annotations?.['kubectl.kubernetes.io/default-container']).toBe('c8s-log')
  })
})
