import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isRecord } from '../../crds/inspect.ts'
import { type KubectlResult, tryKubectl } from '../../deploy/install/kubectl.ts'
import { sampleUrls } from '../../deploy/sample/render.ts'
import { renderError } from '../../src/lib/field-error.ts'
import { TestCluster } from '../helpers/cluster.ts'
import { completeManifest, createDocJudge, type DocManifest } from '../helpers/doc-manifests.ts'
import { type DocExample, parseExamples, readDocPage, readDocPages } from '../helpers/doc-pages.ts'
import { eventually } from '../helpers/eventually.ts'

const cluster = new TestCluster('e2e-docs')
const { images, commits } = cluster.sample

beforeAll(() => cluster.createNamespace())
afterAll(() => cluster.removeNamespace())

/** What a reader types, in the namespace of the test. */
function tell(verb: 'apply' | 'create', manifest: DocManifest, isDryRun: boolean): KubectlResult {
  const dryRun = isDryRun ? ['--dry-run=server'] : []
  const input = JSON.stringify({ ...manifest, metadata: { ...manifest.metadata, namespace: cluster.namespace } })
  return tryKubectl(cluster.target, ['-n', cluster.namespace, verb, ...dryRun, '-f', '-'], input)
}

/** Runs refer to these, so they have to be there; nothing comes of them by itself. */
const stored = new Set(['Secret', 'PipelineConfig', 'RepositoryConnection'])

function tryExample({ documents }: DocExample): readonly KubectlResult[] {
  return documents.map(completeManifest).map((manifest) => {
    const isStored = stored.has(manifest.kind ?? '')
    const isNamed = manifest.metadata.name !== undefined
    return tell(isNamed ? 'apply' : 'create', manifest, !isStored)
  })
}

/** What the webhook's own code says about the example, where the others of its page are in the cluster. */
function listRefusals({ documents }: DocExample, page: readonly DocExample[]): readonly string[] {
  const manifests = documents.map(completeManifest)
  const judge = createDocJudge(page.flatMap((each) => each.documents.map(completeManifest)))
  const decisions = manifests.flatMap((manifest) => judge(manifest) ?? [])
  const refusals = decisions.flatMap((decision) => (decision.allowed ? [] : decision.errors))
  expect(refusals.length).toBeGreaterThan(0)
  return refusals.map(renderError)
}

/** A .c8s.yaml is no object of the API server, and neither is its audit policy. Kinds of GitOps tools are tried in test/gitops. */
const isForCluster = ({ documents }: DocExample) =>
  !documents.some(
    (document) =>
      isRecord(document) &&
      ('version' in document ||
        /^(audit\.k8s\.io|kustomize\.config\.k8s\.io|argoproj\.io|.+\.fluxcd\.io)\//.test(
          String(document['apiVersion']),
        )),
  )

const pages = readDocPages().map((page) => ({ path: page.path, examples: parseExamples(page).filter(isForCluster) }))

describe.each(pages.filter(({ examples }) => examples.length > 0))('$path', ({ examples }) => {
  test.each(examples)('the API server answers to the example at $place as the page says', (example) => {
    const results = tryExample(example)
    const { refused } = example
    if (refused === undefined) {
      expect(results.filter(({ code }) => code !== 0).map(({ stderr }) => stderr)).toEqual([])
    } else {
      const said = results.map(({ stderr }) => stderr).join('\n')
      for (const message of listRefusals(example, examples)) expect(said).toContain(message)
      expect(results.every(({ code }) => code === 0)).toBe(false)
    }
  })
})

describe('docs/first-pipeline.md, followed to the end', () => {
  const [first] = parseExamples(readDocPage('docs/first-pipeline.md'))
  const [config, run] = (first?.documents ?? []).map(completeManifest)

  test('the run succeeds, and the commands of the page show it', () => {
    const text = JSON.stringify([config, run])
      .replaceAll('busybox:1.37', images['busybox'] ?? '')
      .replaceAll('https://github.com/octocat/Hello-World', sampleUrls.public)
      .replaceAll('7fd1a60b01f91b314f59955a4e4d4e80d8edf11d', commits.main)
      .replaceAll('"master"', '"main"')
    cluster.apply(...(JSON.parse(text) as DocManifest[]))
    cluster.run('wait', '--for=condition=Succeeded', 'c8spr/hello-1', '--timeout=120s')
    cluster.run('wait', '--for=jsonpath={.status.completionTime}', 'c8spr/hello-1', '--timeout=5s')
    const log = cluster.run('logs', '-f', '-l', 'c8s.dev/run=hello-1,c8s.dev/step=check', '--tail=-1')
    expect(log).toContain(`\ncommit ${commits.main} on main\n`)
    expect(cluster.run('get', 'jobs,pods', '-l', 'c8s.dev/run=hello-1', '-o', 'name').trim().split('\n')).toHaveLength(
      6,
    )
  })
})

test('the Role of docs/secrets.md gives the right to use one Secret', async () => {
  const objects = parseExamples(readDocPage('docs/secrets.md')).flatMap(({ documents }) => documents)
  const rights = objects.map(completeManifest).filter(({ kind }) => kind === 'Role' || kind === 'RoleBinding')
  for (const manifest of rights) expect(tell('apply', manifest, false).stderr).toBe('')
  const ask = (group: string, secret: string) =>
    cluster.try('auth', 'can-i', 'use', `secret/${secret}`, '--as=somebody', `--as-group=${group}`).stdout.trim()
  await eventually('the right to use it', async () => ask('release-managers', 'registry') === 'yes' || undefined, 20)
  expect(ask('release-managers', 'other')).toBe('no')
  expect(ask('developers', 'registry')).toBe('no')
})
