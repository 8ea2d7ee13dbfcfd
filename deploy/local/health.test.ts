import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { fetchText, isHealthy, judgeNode } from './health.ts'
import { planSite } from './site.ts'

const ready = { conditions: [{ type: 'Ready', status: 'True' }] }

test.each([
  [{ status: ready }, undefined],
  [{ status: ready, spec: { taints: [{ key: 'node.kubernetes.io/not-ready' }] } }, 'tainted'],
  [{ status: { conditions: [{ type: 'Ready', status: 'False', message: 'no network' }] } }, 'no network'],
  [{}, 'not reported yet'],
])('a pod could run on %j: %s', (node, obstacle) => {
  if (obstacle === undefined) expect(judgeNode(node)).toBeUndefined()
  else expect(judgeNode(node)).toContain(obstacle)
})

test('only a 200 answer counts', async () => {
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/well' ? 200 : 500).end('ok')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const site = planSite('/none')
  expect(await fetchText(site, `${base}/well`)).toBe('ok')
  expect(await isHealthy(site, { url: `${base}/ill` })).toBe(false)
  server.close()
  expect(await isHealthy(site, { url: `${base}/well` })).toBe(false)
  expect(await isHealthy(site, { socket: '/none/socket' })).toBe(false)
})
