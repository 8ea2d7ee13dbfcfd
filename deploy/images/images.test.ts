import { expect, test } from 'vitest'
import { imageNames, planImage } from './images.ts'

const sources = { root: '/checkout', repositories: '/cache/git', gitea: '/cache/gitea/gitea', architecture: 'x64' }

test.each(imageNames)('%s has layers with names of their own and paths below the root', (name) => {
  const { layers } = planImage(name, sources)
  const ids = layers.map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  for (const { path } of layers.flatMap(({ files }) => files ?? [])) {
    expect(path.startsWith('/') || path.split('/').includes('..')).toBe(false)
  }
})

test('the image of c8s runs as 65532 and keeps what changes in its last layer', () => {
  const { config, layers } = planImage('c8s', sources)
  expect(config.user).toBe('65532')
  expect(layers.map(({ id }) => id)).toEqual(['c8s-base', 'node', 'c8s-bundle'])
  expect(layers.slice(0, -1).every(({ files }) => !files?.some((file) => JSON.stringify(file).includes('/dist')))).toBe(
    true,
  )
})

test('images share the layers they have in common', () => {
  const [debian] = planImage('debian', sources).layers
  const [, node] = planImage('c8s', sources).layers
  expect(planImage('sample-tools', sources).layers.slice(0, 2)).toEqual([debian, node])
})

test('the forge has the layers of the git server and one of its own', () => {
  const shared = planImage('git-server', sources).layers.slice(0, 2)
  const [debian, git, own] = planImage('gitea', sources).layers
  expect([debian, git]).toEqual(shared)
  expect(own?.files).toContainEqual(expect.objectContaining({ kind: 'tree', from: '/cache/gitea/files' }))
})

test('the database has layers of its own on debian, and starts by the script', () => {
  const { config, layers } = planImage('postgres', sources)
  expect(layers[0]).toEqual(planImage('debian', sources).layers[0])
  expect(layers.at(-1)?.files).toContainEqual(expect.objectContaining({ path: config.entrypoint?.[0]?.slice(1) }))
})

test('the image without a shell has one file', () => {
  expect(planImage('scratch-static', sources).layers.flatMap(({ files }) => files)).toHaveLength(1)
})

test('the image of c8s has a user entry for the user it runs as', () => {
  const passwd = planImage('c8s', sources).layers[0]?.files?.find(({ path }) => path === 'etc/passwd')
  expect(passwd).toMatchObject({ text: expect.stringMatching(/^c8s:\*:65532:65532:c8s:\/home\/c8s:/m) })
})
