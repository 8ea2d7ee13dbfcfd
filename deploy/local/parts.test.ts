import { expect, test } from 'vitest'
import type { Part } from './part.ts'
import { describeParts, hashDefinition, neededTools } from './parts.ts'
import { pauseImage, settings } from './settings.ts'
import { planSite } from './site.ts'
import { inStartOrder, planEnvironment } from './up.ts'

const site = planSite('/state')
const tools = Object.fromEntries(neededTools.map((name) => [name, `/cache/${name}`]))
const parts = describeParts({ site, tools })
const find = (name: string): Part => parts.find((part) => part.name === name) as Part
const everything = JSON.stringify(parts)

test('each part starts after those it needs', () => {
  const order = inStartOrder(parts).map(({ name }) => name)
  expect([...order].sort()).toEqual(parts.map(({ name }) => name).sort())
  for (const part of parts) {
    for (const needed of part.needs) expect(order.indexOf(needed)).toBeLessThan(order.indexOf(part.name))
  }
})

test('every file of a part lies in the cluster folder', () => {
  for (const file of parts.flatMap((part) => part.files)) expect(file.path).toMatch(/^\/state\//)
})

test('two parts never write the same file', () => {
  const paths = parts.flatMap((part) => part.files.map(({ path }) => path))
  expect(new Set(paths).size).toBe(paths.length)
})

test('nothing listens on all addresses of the machine', () => {
  expect(everything).not.toMatch(/0\.0\.0\.0(?!\/0)|\[::\]|"addr":":/)
  for (const part of parts) {
    const where = 'url' in part.health ? new URL(part.health.url).hostname : part.health.socket
    expect([settings.nodeAddress, '/state/run/containerd.sock']).toContain(where)
  }
})

test('Unix sockets have paths that the kernel accepts, with the system folder', () => {
  const longest = `${planSite('/var/lib/c8s-local').run}/containerd.sock.ttrpc`
  expect(longest.length).toBeLessThan(108)
})

test('the definition is the same for the same parts and another one for another flag', () => {
  expect(hashDefinition(describeParts({ site, tools }))).toBe(hashDefinition(parts))
  expect(hashDefinition(describeParts({ site, tools: { ...tools, etcd: '/cache/newer/etcd' } }))).not.toBe(
    hashDefinition(parts),
  )
})

test('admission is that of a real cluster: defaults kept, roles enforced', () => {
  const { args } = find('kube-apiserver')
  expect(args).toContain('--authorization-mode=Node,RBAC')
  expect(args.filter((arg) => arg.includes('disable-admission'))).toEqual([])
})

test('audit keeps no body of a Secret', () => {
  const policy = JSON.parse(find('kube-apiserver').files[0]?.content ?? '') as {
    rules: { level: string; resources?: { group: string; resources?: string[] }[] }[]
  }
  const whole = policy.rules
    .filter(({ level }) => level === 'RequestResponse')
    .flatMap(({ resources }) => resources ?? [])
  expect(whole.map(({ group }) => group)).toEqual(['c8s.dev', 'batch'])
})

test('the controllers work under the raised client limits', () => {
  for (const name of ['kube-controller-manager', 'kube-scheduler']) {
    expect(find(name).args).toEqual(expect.arrayContaining(['--kube-api-qps=300', '--kube-api-burst=600']))
  }
})

test('kubelet authenticates, authorizes and keeps big logs whole', () => {
  const config = JSON.parse(find('kubelet').files[0]?.content ?? '') as Record<string, unknown>
  expect(config).toMatchObject({
    authentication: { anonymous: { enabled: false }, webhook: { enabled: true } },
    authorization: { mode: 'Webhook' },
    containerLogMaxSize: '1Gi',
    failCgroupV1: false,
  })
})

test('containerd runs our sandbox image and keeps its state in the cluster folder', () => {
  const config = find('containerd').files[0]?.content ?? ''
  expect(config).toContain(`sandbox_image = "${pauseImage}"`)
  expect(config).toContain('restrict_oom_score_adj = true')
  const paths = [...config.matchAll(/(?:root|state|path|Root|address|conf_dir|config_path) = "([^"]+)"/g)]
  expect(paths.length).toBeGreaterThan(7)
  for (const [, path] of paths) expect(path).toMatch(/^\/state\//)
})

test('pods resolve the registry and everything of the cluster', () => {
  const { content } = find('coredns').files[0] ?? { content: '' }
  expect(content).toContain('10.243.0.1 registry.c8s.local')
  expect(content).toContain('kubernetes cluster.local')
})

test('the programs see no proxy and no kubeconfig of the caller', () => {
  const env = planEnvironment({ KUBECONFIG: '/k', HTTPS_PROXY: 'http://p', HOME: '/home/me', PATH: '/odd' })
  expect(Object.keys(env).sort()).toEqual(['HOME', 'LANG', 'PATH'])
  expect(env['PATH']).toContain('/usr/sbin')
})
