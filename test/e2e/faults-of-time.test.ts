import { randomBytes, X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { certificateNames } from '../../certs/names.ts'
import { createAuthority, generateKeys } from '../../certs/pki.ts'
import { sampleUrls } from '../../deploy/sample/render.ts'
import { aConfig, aRun, aStep, type Manifest, TestCluster } from '../helpers/cluster.ts'

/** Certificates that have run out, and a controller whose clock is wrong: nobody has to do anything, and no run ends for it. */
const cluster = new TestCluster('e2e-faults-of-time')
const system = new TestCluster('c8s-system')
const { images, commits } = cluster.sample
const busybox = images['busybox'] ?? ''
const repository = sampleUrls.public
const hour = 3_600_000
const plain = (name: string, ...commands: readonly string[]) => ({ ...aStep(name, busybox, ...commands), clone: false })

function startPair(name: string, seconds: number): void {
  const steps = [
    plain('first', `sleep ${seconds}`, 'echo done'),
    { ...plain('second', 'echo done'), dependsOn: ['first'] },
  ]
  cluster.apply(aRun(name, commits.main, { repository, timeout: '5m', steps }))
  cluster.waitForStep(name, 'first', 'Running')
}

function expectEachOnce(name: string): void {
  const run = cluster.waitForRun(name)
  expect(run.status?.phase, run.status?.message).toBe('Succeeded')
  const jobs = cluster.run('get', 'jobs', '-l', `c8s.dev/run=${name}`, '-o', 'name').trim().split('\n')
  expect(jobs).toHaveLength(2)
  for (const step of ['first', 'second']) expect(cluster.logOf(run, step).match(/^done/gm)).toHaveLength(1)
}

const rollOut = (deployment: string) => system.run('rollout', 'status', `deployment/${deployment}`, '--timeout=120s')

const { secret, configurations } = certificateNames
const bundleKinds = [
  ['mutatingwebhookconfiguration', configurations.mutating[0]],
  ['validatingwebhookconfiguration', configurations.validating[0]],
] as const
const decode = (text: string) => Buffer.from(text, 'base64').toString()
const readBundles = () =>
  bundleKinds.flatMap(([kind, name]) =>
    system.run('get', kind, name, '-o', 'jsonpath={.webhooks[*].clientConfig.caBundle}').split(' ').map(decode),
  )
const readAuthority = () =>
  new X509Certificate(decode(system.run('get', 'secret', secret.name, '-o', 'jsonpath={.data.current\\.crt}')))

/** As a cluster finds itself that was switched off for too long: authority and bundles are of yesterday, and nobody remembers better. */
async function expireCertificates(): Promise<string> {
  const [notBefore, notAfter] = [Date.now() - 48 * hour, Date.now() - 24 * hour]
  const expired = createAuthority({ keys: await generateKeys(), serial: randomBytes(16), notBefore, notAfter })
  const [cert, key] = [expired.cert, expired.key].map((text) => Buffer.from(text).toString('base64'))
  const data = { 'current.crt': cert, 'current.key': key }
  const ofSecret = ['patch', 'secret', secret.name, '--type=json', '-p']
  system.run(...ofSecret, JSON.stringify([{ op: 'replace', path: '/data', value: data }]))
  for (const [kind, name] of bundleKinds) {
    const count = system.run('get', kind, name, '-o', 'jsonpath={.webhooks[*].name}').split(' ').length
    const patch = Array.from({ length: count }, (_, at) => ({
      op: 'replace',
      path: `/webhooks/${at}/clientConfig/caBundle`,
      value: cert,
    }))
    system.run('patch', kind, name, '--type=json', '-p', JSON.stringify(patch))
  }
  system.run('delete', 'pods', '-l', 'app.kubernetes.io/component=admission', '--grace-period=0', '--force')
  return expired.cert
}

/** What the Deployment says without the tests. */
const readOptions = 'jsonpath={.spec.template.spec.containers[0].env[?(@.name=="NODE_OPTIONS")].value}'
const ownOptions = system.run('get', 'deployment', 'c8s-controller', '-o', readOptions)

/** Moves the clock of the controllers, in their own pods: all that they know of the time of day is Date. */
function shiftClock(milliseconds: number): void {
  const program = `const Real = Date; globalThis.Date = class extends Real {
    constructor(...given) { given.length === 0 ? super(Real.now() + ${milliseconds}) : super(...given) }
    static now() { return Real.now() + ${milliseconds} }
  }`
  const shift = ` --import=data:text/javascript,${encodeURIComponent(program)}`
  const value = `NODE_OPTIONS=${ownOptions}${milliseconds === 0 ? '' : shift}`
  system.run('set', 'env', 'deployment/c8s-controller', value)
  rollOut('c8s-controller')
}

const shortKept = aConfig('kept', { repository, history: { maxAge: '30m' }, steps: [plain('only', 'true')] })
const keptRun: Manifest = {
  apiVersion: 'c8s.dev/v1alpha1',
  kind: 'PipelineRun',
  metadata: { name: 'kept' },
  spec: { pipelineConfigRef: 'kept', commit: commits.main, branch: 'main' },
}

beforeAll(() => {
  cluster.createNamespace()
  cluster.apply(shortKept)
  cluster.apply(keptRun)
})
afterAll(() => {
  shiftClock(0)
  rollOut('c8s-admission')
  cluster.removeNamespace()
})

test('certificates that have run out are replaced, and the run that was under way goes on', async () => {
  startPair('expired', 6)
  const old = await expireCertificates()
  rollOut('c8s-admission')
  expectEachOnce('expired')
  expect(Date.parse(readAuthority().validTo)).toBeGreaterThan(Date.now())
  expect(readBundles().some((bundle) => bundle.trim() === old.trim())).toBe(false)
  expect(cluster.tryApply(aConfig('later', { repository, steps: [plain('only', 'true')] })).stderr).toBe('')
}, 200_000)

test.each([
  ['ahead', hour],
  ['behind', -hour],
])(
  'a controller that takes over with a clock an hour %s ends nothing too early or too late',
  (word, skew) => {
    startPair(`under-way-${word}`, 20)
    shiftClock(skew)
    const slow = [{ ...plain('slow', 'sleep 100'), timeout: '2m' }]
    const flaky = { ...plain('flaky', 'test "$C8S_ATTEMPT" -ge 2'), retries: { limit: 1, backoff: '2s' } }
    cluster.apply(
      aRun(`too-long-${word}`, commits.main, { repository, timeout: '6s', steps: slow }),
      aRun(`again-${word}`, commits.main, { repository, steps: [flaky] }),
    )
    expectEachOnce(`under-way-${word}`)
    const { status } = cluster.waitForRun(`too-long-${word}`)
    expect(status).toMatchObject({ phase: 'Failed', reason: 'TimedOut' })
    const seconds = (Date.parse(status?.completionTime ?? '') - Date.parse(status?.startTime ?? '')) / 1000
    expect(seconds).toBeGreaterThanOrEqual(5)
    expect(seconds).toBeLessThan(60)
    expect(cluster.waitForRun(`again-${word}`).status?.steps?.[0]).toMatchObject({ phase: 'Succeeded', attempt: 2 })
    expect(cluster.getRun('kept').status?.phase).toBe('Succeeded')
  },
  400_000,
)
