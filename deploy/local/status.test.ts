import { expect, test } from 'vitest'
import { planSite } from './site.ts'
import { type ClusterStatus, isWell, renderStatus } from './status.ts'

const well: ClusterStatus = {
  isThere: true,
  isOurVersion: true,
  parts: [{ name: 'etcd', pid: 7, healthy: true, log: '/state/logs/etcd.log' }],
  obstacle: undefined,
  site: planSite('/state'),
  kubectl: '/cache/kubectl',
}

test('a well cluster says what runs and how to reach it', () => {
  const text = renderStatus(well)
  expect(isWell(well)).toBe(true)
  expect(text).toContain('runs, process 7')
  expect(text).toContain('/state/kubeconfig')
  expect(text).not.toContain('up')
})

test.each([
  [{ pid: undefined, healthy: false }, 'does not run; log: /state/logs/etcd.log'],
  [{ pid: 7, healthy: false }, 'process 7 does not answer; log: /state/logs/etcd.log'],
])('a broken part %j names its log and the way out', (change, words) => {
  const status = { ...well, parts: well.parts.map((part) => ({ ...part, ...change })) }
  expect(isWell(status)).toBe(false)
  expect(renderStatus(status)).toContain(words)
  expect(renderStatus(status)).toContain('npm run cluster -- up')
})

test('without a cluster it says how to start one', () => {
  expect(renderStatus({ ...well, isThere: false })).toContain('npm run cluster -- up')
})

test('another version is said to be replaced', () => {
  expect(renderStatus({ ...well, isOurVersion: false })).toContain('replaces it')
})
