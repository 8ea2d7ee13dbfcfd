import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import type { PodTemplate } from '../../src/lib/kubernetes.ts'
import type { InjectionFacts } from '../../webhooks/inject/injection.ts'
import { injections } from '../../webhooks/inject/registry.ts'
import { plainFacts } from '../helpers/injection.ts'

/** `<id>/<case>/pod.yaml` and facts.yaml (what differs from the plainest) → result.yaml. */
const root = join(import.meta.dirname, 'inject')

const read = (...path: readonly string[]): unknown => parse(readFileSync(join(root, ...path), 'utf8'))

describe.each(injections)('$id', ({ id, apply, appliesTo }) => {
  test.each(readdirSync(join(root, id)))('%s', async (name) => {
    const template = read(id, name, 'pod.yaml') as PodTemplate
    const facts = { ...plainFacts, ...(read(id, name, 'facts.yaml') as Partial<InjectionFacts>) }
    expect(appliesTo(template, facts)).toBe(true)
    const result = stringify(apply(template, facts), { lineWidth: 0, aliasDuplicateObjects: false })
    await expect(result).toMatchFileSnapshot(join(root, id, name, 'result.yaml'))
  })
})
