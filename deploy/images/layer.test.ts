import { expect, test } from 'vitest'
import { type LayerInputs, type LayerRecipe, listSources, toLayerKey } from './layer.ts'

const recipe: LayerRecipe = {
  id: 'example',
  packages: { install: ['git'], assume: ['perl'] },
  drop: ['usr/share/man'],
  files: [
    { path: 'etc/name', kind: 'text', text: 'a' },
    { path: 'app', kind: 'tree', from: '/checkout/dist' },
    { path: 'bin/x', kind: 'copy', from: '/checkout/x', mode: 0o755 },
    { path: 'app/tool', kind: 'move', from: 'usr/bin/tool' },
  ],
}
const inputs: LayerInputs = {
  packages: ['git_2.39_amd64.deb 7 MD5Sum:01', 'zlib1g_1.2_amd64.deb 7 MD5Sum:02'],
  content: { '/checkout/dist': 'aaaa', '/checkout/x': 'bbbb' },
}

test('only what lies on the machine is a source; a file of the layer itself is not', () => {
  expect(listSources(recipe)).toEqual(['/checkout/dist', '/checkout/x'])
})

test('the order in which packages and sources are found does not matter', () => {
  const other = {
    packages: [...inputs.packages].reverse(),
    content: Object.fromEntries(Object.entries(inputs.content).reverse()),
  }
  expect(toLayerKey(recipe, other)).toBe(toLayerKey(recipe, inputs))
})

test('another checkout with the same content has the same layer', () => {
  const moved = JSON.parse(JSON.stringify(recipe).replaceAll('/checkout/', '/elsewhere/')) as LayerRecipe
  const content = { '/elsewhere/dist': 'aaaa', '/elsewhere/x': 'bbbb' }
  expect(toLayerKey(moved, { ...inputs, content })).toBe(toLayerKey(recipe, inputs))
})

const changes: Record<string, { recipe?: Partial<LayerRecipe>; inputs?: Partial<LayerInputs> }> = {
  'another version of a package': { inputs: { packages: ['git_2.40_amd64.deb 7 MD5Sum:03'] } },
  'other content of a source': { inputs: { content: { ...inputs.content, '/checkout/x': 'cccc' } } },
  'two sources that change places': { inputs: { content: { '/checkout/dist': 'bbbb', '/checkout/x': 'aaaa' } } },
  'more to drop': { recipe: { drop: ['usr/share/man', 'usr/share/doc'] } },
  'another text': {
    recipe: { files: [{ path: 'etc/name', kind: 'text', text: 'b' }, ...(recipe.files ?? []).slice(1)] },
  },
  'another file to move': {
    recipe: { files: [...(recipe.files ?? []).slice(0, 3), { path: 'app/tool', kind: 'move', from: 'usr/bin/other' }] },
  },
}

for (const [name, change] of Object.entries(changes)) {
  test(`${name} makes another layer`, () => {
    const changed = toLayerKey({ ...recipe, ...change.recipe }, { ...inputs, ...change.inputs })
    expect(changed).not.toBe(toLayerKey(recipe, inputs))
  })
}
