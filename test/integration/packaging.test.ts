import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { tryKubectl } from '../../deploy/install/kubectl.ts'
import { renderInstall } from '../../deploy/install/manifests.ts'
import { profiles } from '../../deploy/install/profiles.ts'
import { parseImage } from '../../deploy/install/slots.ts'
import type { InstallOverrides } from '../../deploy/install/values/values.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import { parseExamples, readDocPage } from '../helpers/doc-pages.ts'
import { chart, type Helm, openHelm, readObjects, sortObjects } from '../helpers/helm.ts'

const root = join(import.meta.dirname, '../..')
const readKinds = (file: string) => readObjects(readFileSync(join(root, 'deploy', file), 'utf8'))
const crds = readKinds('crds.yaml')
const kustomize = (folder: string) => {
  const { code, stdout, stderr } = tryKubectl({ kubeconfig: '/dev/null' }, ['kustomize', folder])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return sortObjects(readObjects(stdout))
}
const install = (overrides: InstallOverrides = {}) => sortObjects(renderInstall(overrides))

let helm: Helm
const folder = mkdtempSync(join(tmpdir(), 'c8s-packaging-'))
beforeAll(async () => {
  helm = await openHelm()
}, 600_000)

function template(values: unknown, ...more: readonly string[]) {
  const file = join(folder, 'values.yaml')
  writeFileSync(file, JSON.stringify(values))
  return helm('template', 'c8s', chart, '--namespace', 'c8s-system', '-f', file, ...more)
}

const kindsOfKinds = /^(CustomResourceDefinition|ValidatingAdmissionPolicy(Binding)?)$/
const isOfKinds = ({ kind = '' }: KubeObject) => kindsOfKinds.test(kind)

/** What Helm makes of the chart, without the kinds and the policy beside them. */
function render(values: unknown, ...more: readonly string[]): readonly KubeObject[] {
  const { code, stdout, stderr } = template(values, ...more)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return sortObjects(readObjects(stdout).filter((object) => !isOfKinds(object)))
}

describe('the chart', () => {
  test('has nothing that helm lint would say', () => {
    const { code, stdout } = helm('lint', '--strict', '--namespace', 'c8s-system', chart)
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining('1 chart(s) linted, 0 chart(s) failed'),
    })
    expect(stdout).not.toMatch(/WARNING|ERROR/)
  })

  test('gives the objects of install.yaml, the namespace where it is asked for', () => {
    const all = sortObjects(readObjects(readFileSync(join(root, 'deploy/install.yaml'), 'utf8')))
    expect(render({ namespace: { create: true } })).toEqual(all)
    expect(render({})).toEqual(all.filter(({ kind }) => kind !== 'Namespace'))
  })

  test.each([
    ['v1.34.0', 'crds.yaml'],
    ['v1.30.0-rc.1', 'crds.yaml'],
    ['v1.29.0-gke.7', 'crds-1.28.yaml'],
  ])('gives the kinds as %s takes them, and keeps them', (version, file) => {
    const { stdout } = template({}, '--kube-version', version)
    const kept = readObjects(stdout).filter(isOfKinds)
    expect(sortObjects(kept)).toEqual(sortObjects(readKinds(file)))
    for (const { metadata } of kept) expect(metadata.annotations).toMatchObject({ 'helm.sh/resource-policy': 'keep' })
  })

  test('leaves the kinds out where that is asked for', () => {
    const { stdout } = template({ crds: { install: false } })
    expect(readObjects(stdout).filter(isOfKinds)).toEqual([])
    expect(stdout).toContain('kind: Deployment')
  })

  test.each([...profiles])('gives with the values of $name what the profile says', ({ name, overrides }) => {
    expect(render({ namespace: { create: true } }, '-f', join(chart, `values-${name}.yaml`))).toEqual(
      install(overrides),
    )
  })

  test('gives for any values what is rendered here', { timeout: 240_000 }, () => {
    const check = (overrides: InstallOverrides): void => {
      expect(render({ namespace: { create: true }, ...overrides })).toEqual(install(overrides))
    }
    fc.assert(fc.property(anyOverrides, check), { numRuns: 15 })
  })

  test('is for one namespace', () => {
    const { code, stderr } = helm('template', 'c8s', chart, '--namespace', 'ci')
    expect(code).not.toBe(0)
    expect(stderr).toContain('c8s can only be installed in the namespace c8s-system, not in ci: helm install c8s')
  })

  test.each<readonly [string, object, string]>([
    ['no replica', { admission: { replicas: 0 } }, '/admission/replicas'],
    ['an unknown value', { replicas: 3 }, 'replicas'],
    ['an unknown value of a role', { server: { replica: 3 } }, '/server'],
    ['half a digest', { image: { digest: 'sha256:abc' } }, '/image/digest'],
    ['no tag', { image: { tag: '' } }, '/image/tag'],
    ['a URL with a query', { externalURL: 'https://c8s.example.com/?a' }, '/externalURL'],
    ['a level that does not exist', { logLevel: 'loud' }, '/logLevel'],
    ['a timeout below that of the reads', { webhooks: { timeoutSeconds: 1 } }, '/webhooks/timeoutSeconds'],
    ['a variable that c8s sets', { server: { env: [{ name: 'C8S_IMAGE', value: 'x' }] } }, '/server/env/0/name'],
    ['a variable that tunes node', { server: { env: [{ name: 'NODE_OPTIONS', value: 'x' }] } }, '/server/env/0/name'],
    ['no delivery a second', { rateLimit: '0/0' }, '/rateLimit'],
    ['minutes before hours', { pollInterval: '5m1h' }, '/pollInterval'],
    ['a tag in the name of the image', { image: { repository: 'localhost:5000/c8s:v1' } }, '/image/repository'],
    ['an issuer without name', { certManager: { issuerRef: { kind: 'ClusterIssuer' } } }, '/certManager/issuerRef'],
    ['a class without name', { priorityClass: { create: true } }, '/priorityClass/name'],
    ['a price below 0', { prices: { cpuHour: -1 } }, '/prices/cpuHour'],
  ])('refuses %s, and says where', (_name, values, place) => {
    const { code, stderr } = template(values)
    expect(code).not.toBe(0)
    expect(stderr).toContain("values don't meet the specifications of the schema")
    expect(stderr).toContain(place)
  })
})

describe('kustomize', () => {
  test('gives from the base the objects of crds.yaml and install.yaml', () => {
    expect(kustomize(join(root, 'deploy/kustomize/base'))).toEqual(sortObjects([...crds, ...install()]))
  })

  test.each([...profiles])('gives from the overlay $name what the profile says', ({ name, overrides }) => {
    const built = kustomize(join(root, 'deploy/kustomize/overlays', name))
    expect(built).toEqual(sortObjects([...crds, ...install(overrides)]))
  })
})

test('the layer of docs/install.md has the image of the mirror everywhere', () => {
  const [example] = parseExamples(readDocPage('docs/install.md')).flatMap(({ documents }) => documents)
  const own = mkdtempSync(join(tmpdir(), 'c8s-layer-'))
  const resources = [relative(own, join(root, 'deploy/kustomize/base'))]
  writeFileSync(join(own, 'kustomization.yaml'), JSON.stringify({ ...(example as object), resources }))
  const image = parseImage(
    `registry.example.com/c8s@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08`,
  )
  expect(kustomize(own)).toEqual(sortObjects([...crds, ...install({ image })]))
})

const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}[a-z0-9]$/)
const env = fc.array(
  fc.record({
    name: fc.constantFrom('TZ', 'no_proxy', 'A{{B'),
    value: fc.constantFrom('', 'yes', '1', '{{ .Values }}', 'a"b\n'),
  }),
  { maxLength: 2 },
)
const role = fc.record(
  {
    replicas: fc.integer({ min: 1, max: 9 }),
    env,
    resources: fc.constantFrom({}, { limits: { cpu: 2, memory: '1Gi' } }),
  },
  { requiredKeys: [] },
)
const anyOverrides: fc.Arbitrary<InstallOverrides> = fc.record(
  {
    image: fc.record(
      { repository: fc.constant('localhost:5000/c8s'), digest: fc.constantFrom('', `sha256:${'0a'.repeat(32)}`) },
      { requiredKeys: [] },
    ),
    imagePullSecrets: fc.array(fc.record({ name: word }), { maxLength: 2 }),
    externalURL: fc.constantFrom('https://c8s.example.com', 'http://on:8080/a/b'),
    logLevel: fc.constantFrom('debug', 'warn'),
    rateLimit: fc.constantFrom('5', '999999/9999999'),
    pollInterval: fc.constantFrom('0s', '1h30m', '90s'),
    strictReferences: fc.boolean(),
    prices: fc.record(
      { cpuHour: fc.constantFrom(0, 0.031, 2), currency: fc.constantFrom('', 'EUR', 'no') },
      { requiredKeys: [] },
    ),
    admission: role,
    controller: role,
    server: role,
    webhooks: fc.record({ timeoutSeconds: fc.integer({ min: 3, max: 30 }) }),
    certManager: fc.record({
      enabled: fc.boolean(),
      issuerRef: fc.constantFrom({}, { kind: 'ClusterIssuer', name: 'ca' }),
    }),
    networkPolicies: fc.record({
      enabled: fc.boolean(),
      admissionEgress: fc.constantFrom([], [{ ports: [{ port: 6443, protocol: 'TCP' }] }]),
    }),
    priorityClass: fc.constantFrom({}, { name: 'c8s', create: true }, { name: 'high' }),
    nodeSelector: fc.constantFrom({}, { pool: 'true' }),
    tolerations: fc.constantFrom([], [{ key: 'ci', operator: 'Exists' }]),
    affinity: fc.constantFrom({}, { podAntiAffinity: {} }),
  },
  { requiredKeys: [] },
)
