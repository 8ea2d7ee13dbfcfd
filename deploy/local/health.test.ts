import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fetchText, isHealthy, judgeNode, waitUntilHealthy } from './health.ts'
import type { Part } from './part.ts'
import { startProcess } from './process.ts'
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

test('a part that does not live, or lives and does not answer, is reported in its own words', async () => {
  const site = planSite(mkdtempSync(join(tmpdir(), 'c8s-health-')))
  const part = (script: string): Part => ({
    name: 'etcd',
    command: '/bin/sh',
    args: ['-c', script],
    files: [],
    needs: [],
    health: { socket: join(site.run, 'none') },
  })
  const dying = part('echo the disk is full; exit 1')
  startProcess(site, dying, { PATH: '/usr/bin:/bin' })
  await expect(waitUntilHealthy(site, dying)).rejects.toThrow(
    /etcd ended right after its start.*the disk is full.*down/s,
  )
  const mute = part('echo waiting; sleep 3.0303')
  startProcess(site, mute, { PATH: '/usr/bin:/bin' })
  await expect(waitUntilHealthy(site, mute, 300)).rejects.toThrow(/etcd is not healthy after 0.3 s.*waiting/s)
  rmSync(site.folder, { recursive: true })
})
