import { expect, test } from 'vitest'
import {
  argocdModule,
  type GoModule,
  giteaModule,
  goModules,
  kubernetesVersion,
  renderVersionFlags,
} from './go-modules.ts'
import { listBuildInputs, planTools, readModuleFiles } from './go-tools.ts'
import { neededTools } from './parts.ts'

const folders = { state: '/s', cache: '/c', lock: '/l' }

test('the cluster’s version is the one that go.mod pins', () => {
  const kubernetes = goModules.find(({ name }) => name === 'kubernetes')
  if (kubernetes === undefined) throw new Error('no module kubernetes')
  expect(readModuleFiles(kubernetes)).toContain(`k8s.io/kubernetes ${kubernetesVersion} `)
})

test.each([
  ['gitea', giteaModule],
  ['argocd', argocdModule],
])('%s says the version that go.mod pins', (name, { path, version }) => {
  const module = goModules.find((one) => one.name === name)
  if (module === undefined) throw new Error(`no module ${name}`)
  expect(readModuleFiles(module)).toMatch(new RegExp(`^(require |\\t)${path} ${version}( |$)`, 'm'))
})

test('the kinds that kustomize-controller watches are of the version that go.mod pins', () => {
  const flux = goModules.find(({ name }) => name === 'kustomize-controller')
  if (flux?.otherFiles === undefined) throw new Error('no kinds for kustomize-controller')
  expect(readModuleFiles(flux)).toContain(`\t${flux.otherFiles.module}/api ${flux.otherFiles.version} `)
})

test.each<[string, Partial<GoModule>]>([
  ['build tags', { tags: ['sqlite'] }],
  ['cgo', { cgo: true }],
  ['other files', { files: { module: 'm', globs: ['templates'] } }],
  ['files of another module', { otherFiles: { module: 'm', version: 'v1.0.0', sum: 'h1:', globs: ['crds'] } }],
  ['linker flags', { ldflags: ['-s', '-w'] }],
])('%s make another build', (_, change) => {
  const module: GoModule = { name: 'm', packages: {}, ldflags: ['-s'] }
  expect(listBuildInputs({ ...module, ...change })).not.toEqual(listBuildInputs(module))
})

test('what a build costs makes no other build', () => {
  const module: GoModule = { name: 'm', packages: {}, ldflags: ['-s'] }
  expect(listBuildInputs({ ...module, buildTime: 'an hour' })).toEqual(listBuildInputs(module))
})

test.each(goModules)('every package of $name is a tool of its go.mod', (module) => {
  const tools = readModuleFiles(module)
  for (const path of Object.values(module.packages)) expect(tools).toMatch(new RegExp(`^(tool |\\t)${path}$`, 'm'))
})

test('every tool that the cluster needs comes from some module', () => {
  const planned = planTools(neededTools, folders, () => '').flatMap(({ names }) => names)
  expect([...planned].sort()).toEqual([...neededTools].sort())
})

test('another go.sum means another folder, and only for that module', () => {
  const plan = (etcd: string): string[] =>
    planTools(['etcd', 'crane'], folders, ({ name }) => (name === 'etcd' ? etcd : '')).map(({ folder }) => folder)
  const [before, after] = [plan('one'), plan('two')]
  expect(before[0]).toBe(after[0])
  expect(before[1]).not.toBe(after[1])
})

test('the server says its real version', () => {
  expect(renderVersionFlags('v1.34.4')).toContain('-X k8s.io/component-base/version.gitVersion=v1.34.4')
  expect(renderVersionFlags('v1.34.4')).toContain('-X k8s.io/component-base/version.gitMinor=34')
})
