import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sampleUrls } from '../../deploy/sample/render.ts'
import { aRun, aStep, TestCluster } from '../helpers/cluster.ts'

const free = new TestCluster('e2e-images')
const restricted = new TestCluster('e2e-restricted')
const { images, commits } = free.sample
const repository = sampleUrls.public
const image = (name: string) => images[name] ?? ''

/** Writes into the workspace and HOME, reads the clone, tells who it is, uses both outputs by redirection too. */
const script = [
  'test -f package.json && echo "made" > made && cat made',
  'echo home > "$HOME/file" && cat "$HOME/file"',
  'echo to-stderr > /dev/stderr',
  'echo to-stdout > /dev/stdout',
  'cd src',
  'pwd',
]
const wanted = ['made', 'home', 'to-stderr', 'to-stdout', '/workspace/src']

const cases = {
  'debian-root': { image: 'debian', runAsUser: 0 },
  'debian-user': { image: 'debian', runAsUser: 123456 },
  'busybox-root': { image: 'busybox', runAsUser: 0 },
  'busybox-user': { image: 'busybox', runAsUser: 987654 },
  'node-image': { image: 'sample-tools', runAsUser: undefined },
} as const
const unrestricted = Object.entries(cases)
const nonRoot = unrestricted.filter(([, { runAsUser }]) => runAsUser !== 0)

const toRun = ([name, { image: wantedImage, runAsUser }]: (typeof unrestricted)[number]) => {
  const step = aStep('step', image(wantedImage), ...script)
  return aRun(name, commits.main, { repository, steps: [runAsUser === undefined ? step : { ...step, runAsUser }] })
}
const shellLess = aRun('shell-less', commits.main, {
  repository,
  steps: [aStep('step', image('scratch-static'), '/say hello')],
})

beforeAll(() => {
  free.createNamespace()
  restricted.createNamespace({ 'pod-security.kubernetes.io/enforce': 'restricted' })
  free.apply(...unrestricted.map(toRun), shellLess)
  restricted.apply(...nonRoot.map(toRun), shellLess)
})
afterAll(() => {
  free.removeNamespace()
  restricted.removeNamespace()
})

describe.each([
  { title: 'in an ordinary namespace', cluster: free, names: unrestricted.map(([name]) => name) },
  { title: 'in a namespace that enforces restricted', cluster: restricted, names: nonRoot.map(([name]) => name) },
])('$title', ({ cluster, names }) => {
  test.each(names)('%s runs the commands', (name) => {
    const run = cluster.waitForRun(name)
    expect(run.status).toMatchObject({ phase: 'Succeeded' })
    const lines = cluster.logOf(run, 'step').split('\n')
    for (const line of wanted) expect(lines).toContain(line)
  })

  test('an image with one static program and no shell runs it', () => {
    const run = cluster.waitForRun('shell-less')
    expect(run.status?.phase).toBe('Succeeded')
    expect(cluster.logOf(run, 'step')).toContain('hello')
  })
})
