import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { type ImageConfig, renderImageConfig, renderIndex, renderManifest, toImageArchitecture } from './oci.ts'

const image: ImageConfig = {
  title: 'c8s',
  description: 'an example',
  user: '65532',
  env: { PATH: '/bin', HOME: '/home/c8s' },
  entrypoint: ['/bin/node', '/app/c8s.mjs'],
  workingDir: '/app',
}
const layers = [
  { id: 'base', digest: `sha256:${'a'.repeat(64)}`, size: 10 },
  { id: 'bundle', digest: `sha256:${'b'.repeat(64)}`, size: 20 },
]

test('the configuration says how to start and which layers there are, the lowest first', () => {
  const config = JSON.parse(renderImageConfig(image, layers, 'amd64').text)
  expect(config).toMatchObject({
    architecture: 'amd64',
    os: 'linux',
    config: {
      User: '65532',
      Env: ['PATH=/bin', 'HOME=/home/c8s'],
      Entrypoint: ['/bin/node', '/app/c8s.mjs'],
      WorkingDir: '/app',
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
    history: [{ created_by: 'layer base' }, { created_by: 'layer bundle' }],
  })
})

test('what an image does not say is left to the runtime', () => {
  const config = JSON.parse(renderImageConfig({ title: 'x', description: 'y' }, layers, 'arm64').text)
  expect(Object.keys(config.config).sort()).toEqual(['Env', 'Labels'])
})

test('documents are named by their content, and name each other so', () => {
  const config = renderImageConfig(image, layers, 'amd64')
  const manifest = renderManifest(config, layers)
  const toDigest = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`
  expect(config.digest).toBe(toDigest(config.text))
  expect(manifest.digest).toBe(toDigest(manifest.text))
  expect(JSON.parse(manifest.text)).toMatchObject({
    config: { digest: config.digest, size: config.text.length },
    layers: layers.map(({ digest, size }) => ({ digest, size })),
  })
  const index = JSON.parse(renderIndex(new Map([['registry/c8s:1', manifest]])))
  expect(index.manifests).toMatchObject([
    { digest: manifest.digest, annotations: { 'io.containerd.image.name': 'registry/c8s:1' } },
  ])
})

test('the same image has the same digest whenever it is built', () => {
  const first = renderManifest(renderImageConfig(image, layers, 'amd64'), layers)
  const second = renderManifest(renderImageConfig({ ...image }, [...layers], 'amd64'), layers)
  expect(second.digest).toBe(first.digest)
})

test("Node's names of processors become Go's", () => {
  expect([toImageArchitecture('x64'), toImageArchitecture('arm64')]).toEqual(['amd64', 'arm64'])
})
