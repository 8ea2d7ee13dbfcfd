import { expect, test } from 'vitest'
import { renderInstall } from './manifests.ts'
import { parseImage } from './slots.ts'

interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

const objects = renderInstall({ image: parseImage('example/c8s:1') })
const ofKind = (kind: string) => objects.filter((object) => object.kind === kind)
const rules = [...ofKind('ClusterRole'), ...ofKind('Role')].flatMap(
  (role) => (role as unknown as { readonly rules: readonly Rule[] }).rules,
)

test('every object is marked as ours and named once', () => {
  for (const { metadata } of objects) expect(metadata.labels?.['app.kubernetes.io/part-of']).toBe('c8s')
  const names = objects.map(({ kind, metadata }) => `${kind}/${metadata.namespace}/${metadata.name}`)
  expect(new Set(names).size).toBe(names.length)
})

test('no role holds a wildcard, escalates, impersonates, executes in pods or lists Secrets', () => {
  expect(rules.length).toBeGreaterThan(10)
  for (const { apiGroups, resources, verbs } of rules) {
    expect([...apiGroups, ...resources, ...verbs]).not.toContain('*')
    expect(verbs.filter((verb) => ['escalate', 'bind', 'impersonate'].includes(verb))).toEqual([])
    expect(resources.filter((resource) => ['pods/exec', 'pods/attach'].includes(resource))).toEqual([])
  }
  const clusterWide = ofKind('ClusterRole').flatMap((role) => (role as unknown as { rules: readonly Rule[] }).rules)
  const secrets = clusterWide.filter(({ resources }) => resources.includes('secrets'))
  for (const { verbs } of secrets) expect(verbs).toEqual(['get'])
})

test('the webhook configurations come last', () => {
  expect(objects.slice(-2).map(({ kind }) => kind)).toEqual([
    'MutatingWebhookConfiguration',
    'ValidatingWebhookConfiguration',
  ])
})

test('each Deployment has its own account, and runs the image that it injects', () => {
  const accounts = ofKind('ServiceAccount').map(({ metadata }) => metadata.name)
  for (const deployment of ofKind('Deployment')) {
    expect(accounts).toContain(deployment.metadata.name)
    expect(JSON.stringify(deployment)).toContain('"name":"C8S_IMAGE","value":"example/c8s:1"')
  }
})

interface Aggregated {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> }
  readonly rules: readonly Rule[]
}

test('only admins may approve the commits of forks', () => {
  const aggregated = ofKind('ClusterRole') as unknown as readonly Aggregated[]
  const approving = aggregated.filter(
    ({ metadata, rules }) =>
      Object.keys(metadata.labels ?? {}).some((label) => label.includes('aggregate-to')) &&
      rules.some(({ verbs }) => verbs.includes('approve')),
  )
  const targets = approving.flatMap(({ metadata }) => Object.keys(metadata.labels ?? {}))
  expect(targets.filter((label) => label.includes('aggregate-to'))).toEqual([
    'rbac.authorization.k8s.io/aggregate-to-admin',
  ])
})

test('who calls forges knows where they call back, and has room for what git writes', () => {
  const given = renderInstall({ externalURL: 'https://c8s.test' })
  for (const role of ['server', 'controller']) {
    const deployment = given.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === `c8s-${role}`)
    const text = JSON.stringify(deployment)
    expect(text).toContain('{"name":"C8S_EXTERNAL_URL","value":"https://c8s.test"}')
    expect(text).toContain('"emptyDir":{"sizeLimit":"512Mi"}')
    expect(text).toContain('"readOnlyRootFilesystem":true')
  }
  expect(JSON.stringify(objects)).toContain('"value":"http://c8s-server.c8s-system.svc"')
})
