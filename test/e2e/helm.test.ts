import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { deployC8s } from '../../deploy/install/deploy.ts'
import { kubectl, tryKubectl } from '../../deploy/install/kubectl.ts'
import { parseImage } from '../../deploy/install/slots.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import { aConfig, aStep, readChosenCluster, TestCluster } from '../helpers/cluster.ts'
import { eventually } from '../helpers/eventually.ts'
import { chart, type Helm, openHelm, readObjects } from '../helpers/helm.ts'

/** Takes over the c8s that is deployed, puts it through its life under Helm, and deploys it again as it was. */
const cluster = new TestCluster('e2e-helm')
const system = ['-n', 'c8s-system']
const inSystem = (...args: readonly string[]) => kubectl(cluster.target, [...system, ...args])
const image = inSystem('get', 'deployment', 'c8s-admission', '-o', 'jsonpath={.spec.template.spec.containers[0].image}')
const config = (name: string) =>
  aConfig(name, { repository: 'https://example.com/web', steps: [aStep('a', 'busybox', 'true')] })

let helm: Helm
beforeAll(async () => {
  helm = await openHelm(cluster.target)
  cluster.createNamespace()
}, 600_000)

/** Deployed anew whatever happened: the tests after this one need it. */
afterAll(async () => {
  helm('uninstall', 'c8s', ...system, '--ignore-not-found', '--wait')
  process.env['C8S_IMAGE'] = image
  await deployC8s(readChosenCluster())
  delete process.env['C8S_IMAGE']
  cluster.removeNamespace()
})

function tell(...args: readonly string[]): string {
  const { code, stdout, stderr } = helm(...args)
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

const { repository, tag, digest } = parseImage(image)
const values = ['repository', repository, 'tag', tag, 'digest', digest]
const ourImage = [0, 2, 4].flatMap((at) => ['--set-string', `image.${values[at]}=${values[at + 1]}`])
const apply = (verb: 'install' | 'upgrade', ...more: readonly string[]) =>
  tell(verb, 'c8s', chart, ...system, ...ourImage, '--wait', '--timeout', '2m', ...more)

interface Configuration extends KubeObject {
  readonly webhooks: readonly {
    readonly timeoutSeconds: number
    readonly clientConfig: { readonly caBundle?: string }
  }[]
}
function readWebhooks() {
  const kinds = 'mutatingwebhookconfigurations,validatingwebhookconfigurations'
  const { items } = JSON.parse(inSystem('get', kinds, '-l', 'app.kubernetes.io/part-of=c8s', '-o', 'json')) as {
    readonly items: readonly Configuration[]
  }
  const webhooks = items.flatMap((item) => item.webhooks)
  return {
    bundles: webhooks.map(({ clientConfig }) => clientConfig.caBundle),
    timeouts: [...new Set(webhooks.map(({ timeoutSeconds }) => timeoutSeconds))],
  }
}
const dryRun = (object: object) =>
  tryKubectl(cluster.target, ['-n', cluster.namespace, 'apply', '--dry-run=server', '-f', '-'], JSON.stringify(object))
    .stderr
const countPolicies = () => inSystem('get', 'networkpolicies', '-o', 'name').split('\n').filter(Boolean).length
/** What the Deployments make pods of: as long as it stays, so do the pods. A generation grows with annotations too. */
const readTemplates = () => inSystem('get', 'deployments', '-o', 'jsonpath={.items[*].spec.template}')

test('what kubectl applied is taken over in place: no pod changes, and caBundle stays', () => {
  cluster.apply(config('kept'))
  const [templates, { bundles }] = [readTemplates(), readWebhooks()]
  expect(bundles.every((bundle) => (bundle ?? '').length > 100)).toBe(true)
  apply('upgrade', '--install', '--take-ownership')
  expect(readTemplates()).toBe(templates)
  expect(readWebhooks()).toEqual({ bundles, timeouts: [5] })
})

test('an upgrade and a rollback change what they say, and leave caBundle', () => {
  const { bundles } = readWebhooks()
  apply('upgrade', '--set', 'webhooks.timeoutSeconds=10', '--set', 'networkPolicies.enabled=false')
  expect(readWebhooks()).toEqual({ bundles, timeouts: [10] })
  expect(countPolicies()).toBe(0)
  expect(cluster.tryApply(config('after-upgrade')).stderr).toBe('')
  tell('rollback', 'c8s', '1', ...system, '--wait')
  expect(readWebhooks()).toEqual({ bundles, timeouts: [5] })
  expect(countPolicies()).toBe(3)
})

test.each([
  ['client-side', []],
  ['server-side', ['--server-side', '--force-conflicts', '--field-manager=argocd-controller']],
])('another tool that applies %s leaves caBundle', (_name, flags) => {
  const { bundles } = readWebhooks()
  const text = readFileSync(join(import.meta.dirname, '../../deploy/install.yaml'), 'utf8')
  const items = readObjects(text).filter(({ kind = '' }) => kind.endsWith('WebhookConfiguration'))
  kubectl(cluster.target, ['apply', ...flags, '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  expect(readWebhooks().bundles).toEqual(bundles)
})

test('an uninstall leaves the kinds and what people wrote, and nothing that refuses', async () => {
  tell('uninstall', 'c8s', ...system, '--wait')
  expect(readWebhooks().bundles).toEqual([])
  expect(inSystem('get', 'deployments,services,networkpolicies,poddisruptionbudgets', '-o', 'name')).toBe('')
  expect(cluster.run('get', 'pipelineconfigs', '-o', 'name')).toContain('kept')
  // The API server takes a moment to forget a webhook.
  await eventually(
    'a config that nobody judges',
    async () => cluster.tryApply(config('unjudged')).code === 0 || undefined,
  )
})

test('an install of its own works: what is wrong is refused, what is right is taken', async () => {
  apply('install')
  const wrong = aConfig('wrong', {
    repository: 'https://example.com/web',
    steps: [{ ...aStep('a', 'busybox', 'true'), dependsOn: ['b'] }],
  })
  // Pods that are ready are not at once those that the API server asks, and until it does nobody refuses.
  await eventually('a refusal', async () => dryRun(wrong).includes('spec.steps[0].dependsOn') || undefined)
  expect(cluster.tryApply(wrong).stderr).toContain('spec.steps[0].dependsOn')
  expect(cluster.tryApply(config('right')).stderr).toBe('')
  tell('uninstall', 'c8s', ...system, '--wait')
}, 300_000)
