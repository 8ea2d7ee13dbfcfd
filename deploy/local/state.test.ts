import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type ClusterFacts, planUp, type UpAction, writeWhenChanged } from './state.ts'

const wanted = { definition: 'new', boot: 'today', parts: ['etcd', 'kubelet'] } as const
const well: ClusterFacts = {
  record: { definition: 'new', boot: 'today' },
  running: ['etcd', 'kubelet'],
  healthy: ['etcd', 'kubelet'],
}

const cases: Record<string, { facts: ClusterFacts; want: Partial<UpAction> }> = {
  'nothing is there': { facts: { record: undefined, running: [], healthy: [] }, want: { kind: 'create' } },
  'all is well': { facts: well, want: { kind: 'keep' } },
  'one part died': {
    facts: { ...well, running: ['kubelet'], healthy: ['kubelet'] },
    want: { kind: 'repair', parts: ['etcd'] },
  },
  'one part runs and does not answer': {
    facts: { ...well, healthy: ['etcd'] },
    want: { kind: 'repair', parts: ['kubelet'] },
  },
  'all parts died': {
    facts: { ...well, running: [], healthy: [] },
    want: { kind: 'repair', parts: ['etcd', 'kubelet'] },
  },
  'another checkout started it': {
    facts: { ...well, record: { definition: 'old', boot: 'today' } },
    want: { kind: 'replace' },
  },
  'the machine was restarted': {
    facts: { record: { definition: 'new', boot: 'yesterday' }, running: [], healthy: [] },
    want: { kind: 'replace' },
  },
  'it runs without a record': { facts: { ...well, record: undefined }, want: { kind: 'replace' } },
}

test.each(Object.entries(cases))('%s', (_, { facts, want }) => {
  expect(planUp(facts, wanted)).toMatchObject(want)
})

test('a file is rewritten only when its content changes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'c8s-state-'))
  const path = join(folder, 'deep', 'file')
  writeWhenChanged({ path, content: 'a' })
  utimesSync(path, 1, 1)
  writeWhenChanged({ path, content: 'a' })
  expect(statSync(path).mtimeMs).toBe(1000)
  writeWhenChanged({ path, content: 'b' })
  expect(readFileSync(path, 'utf8')).toBe('b')
  expect(statSync(path).mode & 0o077).toBe(0)
  rmSync(folder, { recursive: true })
})
