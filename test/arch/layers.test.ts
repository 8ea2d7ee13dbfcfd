import { expect, test } from 'vitest'
import { layers, pureNodeModules, soleImporters, typeOnlyImports } from './layers.ts'
import { type Import, layerOf, parseImports, readTypeScript } from './source.ts'

const files = readTypeScript()
const production = files.filter(({ path }) => !path.endsWith('.test.ts') && !path.startsWith('test/'))
const imports = production.flatMap(parseImports)

function isAllowed({ from, to }: Import): boolean {
  const source = layerOf(from)
  const target = layerOf(to)
  if (source === undefined || target === undefined) return false
  return source === target || source.mayImport.includes('*') || source.mayImport.includes(target.folder)
}

test('there is something to check', () => {
  expect(imports.length).toBeGreaterThan(20)
  expect(new Set(imports.map(({ from }) => layerOf(from)?.folder)).size).toBeGreaterThan(3)
})

test('every source file belongs to a layer', () => {
  expect(files.filter(({ path }) => layerOf(path) === undefined).map(({ path }) => path)).toEqual([])
})

test('a folder imports only what the table allows', () => {
  const wrong = imports.filter((found) => found.own && !isAllowed(found))
  expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([])
})

test('the table itself points downwards', () => {
  const level = new Map(layers.map((layer) => [layer.folder, layer.level]))
  const upward = layers.flatMap((layer) =>
    layer.mayImport
      .filter((folder) => folder !== '*' && (level.get(folder) ?? 99) >= layer.level && folder !== 'src/kube')
      .map((folder) => `${layer.folder} → ${folder}`),
  )
  expect(upward).toEqual([])
})

test('where only types may cross, only types cross', () => {
  const wrong = imports.filter(({ from, to, typeOnly }) =>
    typeOnlyImports.some((rule) => from.startsWith(`${rule.from}/`) && to.startsWith(`${rule.to}/`) && !typeOnly),
  )
  expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([])
})

test('pure layers import no node module with effects', () => {
  const allowed: readonly string[] = pureNodeModules
  const wrong = imports.filter(({ from, to }) => layerOf(from)?.pure && to.startsWith('node:') && !allowed.includes(to))
  expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([])
})

test('pure layers read no clock, environment or random', () => {
  const effect = /\b(Date\.now|new Date\(\)|Math\.random|process\.|randomUUID|randomBytes|setTimeout|setInterval)/
  const wrong = production.filter(({ path, text }) => layerOf(path)?.pure && effect.test(text))
  expect(wrong.map(({ path }) => path)).toEqual([])
})

test('some packages have few importers', () => {
  const wrong = imports.filter(({ from, to }) =>
    soleImporters.some(
      (rule) =>
        (to === rule.package || to.startsWith(`${rule.package}/`)) &&
        !rule.folders.some((folder) => from.startsWith(folder)),
    ),
  )
  expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([])
})

test('imports among our files name the file', () => {
  expect(imports.filter(({ own, to }) => own && !/\.(ts|tsx|mjs|json)$/.test(to)).map(({ to }) => to)).toEqual([])
})
