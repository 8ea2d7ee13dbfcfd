import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PipelineConfig } from '../../crds/kinds.ts'
import { type Manifest, TestCluster } from '../helpers/cluster.ts'
import { readDocInput } from '../helpers/doc-input.ts'

/** The examples of docs/params.md: what is chosen reaches image, env and commands, and what is wrong is refused before anything starts. */
const cluster = new TestCluster('e2e-params')
const busybox = cluster.sample.images['busybox'] ?? ''
/** Images of the tests are named by digest, and have the beginning of it for a tag. */
const [image = '', digest = ''] = busybox.split('@')
const version = digest.replace('sha256:', '').slice(0, 16)

/** The image of the page with the version that there is an image of. */
function toCluster(manifests: readonly Manifest[]): readonly Manifest[] {
  const text = JSON.stringify(manifests).replaceAll('registry.example.com/tools/deploy', image)
  return JSON.parse(text.replaceAll('1.4.0', version)) as Manifest[]
}

const page = toCluster(readDocInput('docs/params.md', cluster))
const [config, release, misspelt] = page as [Manifest, Manifest, Manifest]
const given = (run: Manifest, name: string, params: Readonly<Record<string, string>>): Manifest => ({
  ...run,
  metadata: { name },
  spec: { ...(run['spec'] as object), params },
})

beforeAll(() => {
  cluster.createNamespace()
  const { spec } = config as unknown as PipelineConfig
  cluster.apply({ ...config, spec: { ...spec, steps: spec.steps.map((step) => ({ ...step, clone: false })) } })
})
afterAll(() => cluster.removeNamespace())

test('a run chooses: image, environment and commands have its values, and the defaults of the rest', () => {
  cluster.apply(release)
  const run = cluster.waitForRun(release.metadata.name ?? '')
  expect(run.status?.phase, run.status?.message).toBe('Succeeded')
  const params = { version, target: 'production', replicas: '2', 'dry-run': 'false' }
  expect(run.spec.plan?.params).toEqual(params)
  const url = `https://production.example.com/${version}`
  expect(cluster.logOf(run, 'deploy')).toContain(`\n${version} to production, replicas 2, dry run false, ${url}\n`)
  const { containers } = cluster.podOf(run, 'deploy').spec ?? { containers: [] }
  expect(containers.find((each) => each.name === 'step')?.image).toBe(`${image}:${version}`)
})

test.each([
  ['a param that there is not', misspelt, 'UnknownParam: '],
  ['a value that is not among those of enum', given(release, 'no-enum', { version, target: 'moon' }), 'staging'],
  ['no number', given(release, 'no-number', { version, replicas: 'two' }), 'number'],
  ['no boolean', given(release, 'no-boolean', { version, 'dry-run': 'maybe' }), 'true'],
  ['a value that is missing', given(release, 'missing', {}), 'what to release'],
])('%s is refused, with what was expected', (_, run, expected) => {
  const refused = cluster.tryApply(run)
  expect(refused.code).not.toBe(0)
  expect(refused.stderr).toContain('spec.params')
  expect(refused.stderr).toContain(expected)
  expect(cluster.try('get', 'c8spr', run.metadata.name ?? '').code).not.toBe(0)
})

test('a value is never read as a program', () => {
  const hostile = '1.0"; touch /tmp/was-here; echo "$(id)'
  const literal = {
    name: 'say',
    image: busybox,
    commands: ['echo "<$PARAM_WORD>"', '! test -e /tmp/was-here'],
  }
  cluster.apply({
    apiVersion: 'c8s.dev/v1alpha1',
    kind: 'PipelineRun',
    metadata: { name: 'literal' },
    spec: {
      commit: cluster.sample.commits.main,
      branch: 'main',
      params: { word: hostile },
      pipelineSpec: {
        repository: (config as unknown as PipelineConfig).spec.repository,
        params: [{ name: 'word' }],
        steps: [{ ...literal, clone: false }],
      },
    },
  })
  const run = cluster.waitForRun('literal')
  expect(run.status?.phase, run.status?.message).toBe('Succeeded')
  expect(cluster.logOf(run, 'say')).toContain(`<${hostile}>`)
})
