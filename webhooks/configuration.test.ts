import { expect, test } from 'vitest'
import { renderMutatingConfiguration, renderValidatingConfiguration } from './configuration.ts'
import { admittedTypes } from './request.ts'

interface Webhook {
  readonly name: string
  readonly failurePolicy: string
  readonly timeoutSeconds: number
  readonly sideEffects: string
  readonly reinvocationPolicy?: string
  readonly admissionReviewVersions: readonly string[]
  readonly objectSelector: { readonly matchExpressions?: readonly { readonly key: string }[] }
  readonly namespaceSelector: { readonly matchExpressions: readonly { readonly values: readonly string[] }[] }
  readonly rules: readonly {
    readonly apiGroups: readonly string[]
    readonly operations: readonly string[]
    readonly resources: readonly string[]
  }[]
  readonly clientConfig: object
}

const webhooks = [renderMutatingConfiguration(), renderValidatingConfiguration()].flatMap(
  (configuration) => (configuration as unknown as { webhooks: readonly Webhook[] }).webhooks,
)

test.each(webhooks)('$name fails closed, soon, and only for what is ours', (webhook) => {
  expect(webhook.failurePolicy).toBe('Fail')
  expect(webhook.timeoutSeconds).toBeLessThanOrEqual(5)
  expect(webhook.sideEffects).toBe('None')
  expect(webhook.admissionReviewVersions).toEqual(['v1'])
  for (const { apiGroups, operations, resources } of webhook.rules) {
    const isOwn = apiGroups.every((group) => group === 'c8s.dev')
    const isLabelled = webhook.objectSelector.matchExpressions?.[0]?.key === 'c8s.dev/job-type'
    expect(isOwn || (isLabelled && resources.every((resource) => resource === 'jobs'))).toBe(true)
    expect(operations).not.toContain('DELETE')
    expect(resources.join()).not.toContain('*')
  }
})

test.each(webhooks)('$name leaves the namespaces alone that everything hangs on', ({ namespaceSelector }) => {
  const [excluded] = namespaceSelector.matchExpressions
  expect(excluded?.values).toEqual(['kube-system', 'kube-public', 'kube-node-lease', 'c8s-system'])
})

test('the bundle is left to who owns the certificate', () => {
  for (const { clientConfig } of webhooks) expect(clientConfig).not.toHaveProperty('caBundle')
})

test('names are full, and none comes twice', () => {
  const names = webhooks.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  for (const name of names) expect(name).toMatch(/^[a-z]+\.c8s\.dev$/)
})

test('every admitted kind is validated, and so is the status of ours', () => {
  const validated = (renderValidatingConfiguration() as unknown as { webhooks: readonly Webhook[] }).webhooks.flatMap(
    ({ rules }) => rules.flatMap(({ resources }) => resources),
  )
  const own = admittedTypes.filter(({ group }) => group === 'c8s.dev').map(({ plural }) => `${plural}/status`)
  expect(validated.toSorted()).toEqual([...admittedTypes.map(({ plural }) => plural), ...own].toSorted())
})
