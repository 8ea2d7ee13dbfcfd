import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import { aConfig, aConnection, aRun } from '../helpers/admission-objects.ts'
import { type KubectlWorld, openKubectlWorld } from '../helpers/kubectl-world.ts'

/** What kubectl writes to our kinds goes as it goes with a ConfigMap, which each row does beside them. */
let world: KubectlWorld

beforeAll(async () => {
  world = await openKubectlWorld()
})
afterAll(() => world.stop())

const named = (name: string) => ({ name, namespace: world.namespace })
const generationOf = (name: string) => world.kubectl('get', name, '-o', 'jsonpath={.metadata.generation}')

/** A status between two of the calls that kubectl makes would be a difference, or a conflict: waits for the last one. */
async function waitForLastStatus(kind: string): Promise<void> {
  if (kind === 'ConfigMap') return
  const last = kind === 'PipelineRun' ? 'condition=Succeeded' : 'jsonpath={.status.observedGeneration}=1'
  await world.kubectl('wait', `${kind}.c8s.dev/one`, `--for=${last}`, '--timeout=60s')
}

/** kubectl's word for what it did (created, unchanged), or that there is a difference, and its exit code. */
async function dance(object: KubeObject, moves: readonly (readonly string[])[]): Promise<readonly string[]> {
  const steps: string[] = []
  for (const args of moves) {
    const { code, text } = await world.ask({ args: [...args, '-f', '-'], input: JSON.stringify(object) })
    const word = args[0] === 'diff' ? (text.includes('\n-') ? 'differs' : 'same') : (text.split(' ').at(-1) ?? '')
    steps.push(`${args.join(' ')}: ${word} ${code}`)
    if (args[0] === 'create') await waitForLastStatus(object.kind ?? '')
  }
  return steps
}

const moves = [
  ['create', '--save-config'],
  ['diff'],
  ['apply'],
  ['diff', '--server-side'],
  ['apply', '--server-side'],
  ['diff', '--server-side'],
  ['diff'],
  ['apply', '--server-side'],
  ['apply'],
  ['apply'],
  ['diff'],
  ['apply', '--server-side', '--field-manager=argocd-controller', '--force-conflicts'],
  ['diff', '--server-side', '--field-manager=argocd-controller'],
  ['apply', '--server-side', '--field-manager=argocd-controller'],
  ['replace'],
  ['diff'],
]

test('client-side and server-side apply, by several managers, create, replace and diff', async () => {
  await world.send(['apply'], aConfig({}, named('app')))
  const configMap: KubeObject & { data: object } = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: named('one'),
    data: { a: 'b' },
  }
  const want = await dance(configMap, moves)
  expect(want).toContain('apply: unchanged 0')
  expect(want.slice(1, 3)).toEqual(['diff: same 0', 'apply: unchanged 0'])
  const connection = aConnection({ pipelineConfigRef: 'app' }, named('one'))
  for (const object of [aConfig({}, named('one')), aRun({}, named('one')), connection])
    expect(await dance(object, moves), object.kind).toEqual(want)
  for (const kind of ['c8spc', 'c8spr', 'c8src']) expect(await generationOf(`${kind}/one`)).toBe('1')
}, 240_000)

test('patches of both sorts; the third is refused in kubectl’s own words', async () => {
  await world.send(['apply'], aConfig({}, named('patched')))
  const patch = (type: string, body: object) =>
    world.ask(['patch', 'c8spc', 'patched', `--type=${type}`, '-p', JSON.stringify(body)])
  expect(await patch('merge', { spec: { branches: ['main'] } })).toMatchObject({ code: 0 })
  expect(await patch('json', [{ op: 'replace', path: '/spec/branches/0', value: 'release' }])).toMatchObject({
    code: 0,
  })
  expect(await world.kubectl('get', 'c8spc', 'patched', '-o', 'jsonpath={.spec.branches}')).toBe('["release"]')
  const refused = await patch('strategic', { spec: { branches: ['main'] } })
  expect(refused.code).toBe(1)
  expect(refused.text).toContain('strategic-merge-patch+json is not supported by c8s.dev/v1alpha1')
})

test('labels and annotations make no new generation, and there is nothing to scale', async () => {
  await world.send(['apply'], aConfig({}, named('app')), aRun({}, named('marked')))
  await world.kubectl('label', 'c8spr', 'marked', 'reviewed=yes')
  await world.kubectl('annotate', 'c8spr', 'marked', 'example.com/note=seen')
  expect(await generationOf('c8spr/marked')).toBe('1')
  expect((await world.ask(['scale', '--replicas=2', 'c8spr/marked'])).code).toBe(1)
  expect((await world.ask(['autoscale', '--max=2', 'c8spr/marked'])).code).toBe(1)
})

test('edit saves what may be changed, and nothing of a run that may not', async () => {
  await world.send(['apply'], aConfig({}, named('app')), aConfig({}, named('edited')), aRun({}, named('edited')))
  const edit = (kind: string, script: string) =>
    world.ask({ args: ['edit', kind, 'edited'], env: { KUBE_EDITOR: `sed -i ${script}` } })
  expect(await edit('c8spc', 's/node:24/node:26/')).toEqual({ code: 0, text: 'pipelineconfig.c8s.dev/edited edited' })
  const refused = await edit('c8spr', 's/branch:.main/branch:\\ other/')
  expect(refused.code).toBe(1)
  expect(refused.text).toContain('no valid changes were saved')
})

test('what is read of an ended run can be applied and replaced, and nothing happens', async () => {
  await world.send(['apply'], aConfig({}, named('app')), aRun({}, named('ended')))
  await world.kubectl('wait', '--for=condition=Succeeded', 'c8spr/ended', '--timeout=30s')
  await world.kubectl('wait', '--for=jsonpath={.status.progress}=2/2', 'c8spr/ended')
  const input = await world.kubectl('get', 'c8spr', 'ended', '-o', 'yaml')
  for (const args of [['apply'], ['replace'], ['apply', '--server-side', '--force-conflicts']]) {
    // Who puts a resourceVersion into it asks for exactly that version.
    const fresh = input.replace(/^ {2}(resourceVersion|uid): .*\n/gm, '').replace(/^ {4}kubectl.*\n.*\n/m, '')
    const text = args[0] === 'apply' && args.length === 1 ? input : fresh
    expect(await world.ask({ args: [...args, '-f', '-'], input: text }), args.join(' ')).toMatchObject({ code: 0 })
  }
  expect(await world.kubectl('get', 'c8spr', 'ended', '-o', 'jsonpath={.metadata.generation} {.status.phase}')).toBe(
    '1 Succeeded',
  )
  const { items } = JSON.parse(await world.kubectl('get', 'jobs', '-l', 'c8s.dev/run=ended', '-o', 'json')) as {
    items: unknown[]
  }
  expect(items).toHaveLength(2)
})

/** Last: it puts the real webhook configurations beside those of the test. */
test('both files of an installation can be applied client-side, and then show no difference', async () => {
  for (const file of ['crds.yaml', 'install.yaml']) {
    const path = join(import.meta.dirname, '../../deploy', file)
    expect(await world.ask(['apply', '-f', path]), file).toMatchObject({ code: 0 })
    expect(await world.ask(['diff', '-f', path]), file).toEqual({ code: 0, text: '' })
  }
})
