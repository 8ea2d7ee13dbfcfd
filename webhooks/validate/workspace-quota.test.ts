import { expect, test } from 'vitest'
import { aQuota } from '../../test/helpers/admission-objects.ts'
import { validateWorkspaceQuota } from './workspace-quota.ts'

const fast = 'fast.storageclass.storage.k8s.io'

test.each<[string, unknown, Readonly<Record<string, string>>, number]>([
  ['no workspace', {}, { 'requests.storage': '0' }, 0],
  ['just enough', { size: '5Gi' }, { 'requests.storage': '5Gi', persistentvolumeclaims: '1' }, 0],
  ['too large', { size: '6Gi' }, { 'requests.storage': '5Gi' }, 1],
  ['no claims at all', { size: '1Gi' }, { 'count/persistentvolumeclaims': '0', persistentvolumeclaims: '0' }, 2],
  ['too large for its class', { size: '6Gi', storageClassName: 'fast' }, { [`${fast}/requests.storage`]: '5Gi' }, 1],
  ['of another class', { size: '6Gi', storageClassName: 'slow' }, { [`${fast}/requests.storage`]: '5Gi' }, 0],
  ['what is no quantity', { size: 'much' }, { 'requests.storage': '5Gi' }, 0],
  ['what is no workspace', 7, { 'requests.storage': '0' }, 0],
])('%s', (...[, workspace, hard, count]) => {
  const errors = validateWorkspaceQuota({ workspace }, 'spec', [aQuota(hard)])
  expect(errors.map(({ path, code }) => `${code} ${path}`)).toEqual(
    Array.from({ length: count }, () => 'QuotaImpossible spec.workspace.size'),
  )
})

test('says what is asked and what there is', () => {
  const quota = { ...aQuota({ 'requests.storage': '5Gi' }), metadata: { name: 'ci' } }
  const [error] = validateWorkspaceQuota({ workspace: { size: '6Gi' } }, 'spec', [quota])
  expect(error?.message).toBe(
    'no step can ever start: the volume asks for 6Gi of requests.storage, and ResourceQuota "ci" has 5Gi in all',
  )
})
