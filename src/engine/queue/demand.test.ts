import { expect, test } from 'vitest'
import type { Container } from '../../lib/kubernetes.ts'
import { formatQuantity } from '../../lib/quantity.ts'
import { type Amounts, measurePod } from './demand.ts'

const aContainer = (cpu: string, more: Partial<Container> = {}): Container => ({
  name: 'c',
  resources: { requests: { cpu } },
  ...more,
})
const cpuOf = (amounts: Amounts) => formatQuantity(amounts.get('requests.cpu') ?? 0n)
const sidecar = { restartPolicy: 'Always' } as const

test.each<[string, readonly Container[], readonly Container[], string]>([
  ['containers side by side', [aContainer('1'), aContainer('500m')], [], '1500m'],
  ['a larger one before them', [aContainer('1')], [aContainer('2'), aContainer('1')], '2'],
  ['a sidecar counts beside them', [aContainer('1')], [aContainer('300m', sidecar)], '1300m'],
  ['and beside what comes after it', [aContainer('1')], [aContainer('1', sidecar), aContainer('2')], '3'],
  ['one that asks for nothing', [{ name: 'c' }], [], '0'],
])('%s', (...[, containers, initContainers, want]) => {
  expect(cpuOf(measurePod({ containers, initContainers }))).toBe(want)
})
