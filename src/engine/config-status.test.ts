import { expect, test } from 'vitest'
import type { PipelineConfig, RepositoryConnection } from '../../crds/kinds.ts'
import { configFields, foldConfigStatus, listSecrets } from './config-status.ts'
import { connectionFields, foldConnectionStatus, listConnectionSecrets } from './connection-status.ts'

const now = Date.parse('2026-01-01T00:00:00Z')
const config: PipelineConfig = {
  metadata: { name: 'web', generation: 4 },
  spec: {
    repository: 'https://git.example/r',
    steps: [{ name: 'a', image: 'i', commands: ['c'], secrets: [{ secretRef: 'npm', key: 'token' }] }],
    finally: [
      {
        name: 'f',
        image: 'i',
        commands: ['c'],
        secrets: [
          { secretRef: 'aws', key: 'k' },
          { secretRef: 'npm', key: 'x' },
        ],
      },
    ],
  },
}
const at = (day: number) => `2026-01-0${day}T00:00:00Z`
const ready = (status: {
  conditions?: readonly { type: string; status: string; reason?: string; message?: string }[]
}) => status.conditions?.find(({ type }) => type === 'Ready')

test('a config tells its newest run, how many there are, and the share that succeeded', () => {
  const runs = [
    { createdAt: at(2), phase: 'Succeeded' },
    { createdAt: at(3), phase: 'Running' },
    { createdAt: at(1), phase: 'Failed' },
    { createdAt: at(1), phase: 'Succeeded' },
  ] as const
  const status = foldConfigStatus({ config, runs, missingSecrets: [], now })
  expect(status).toMatchObject({ observedGeneration: 4, lastRun: at(3), totalRuns: 4, successRate: 0.6667 })
  expect(ready(status)).toMatchObject({ status: 'True', reason: 'Accepted' })
})

test('without an ended run there is no rate', () => {
  expect(
    foldConfigStatus({ config, runs: [{ createdAt: at(1) }], missingSecrets: [], now }).successRate,
  ).toBeUndefined()
})

test('a missing Secret is named, and is no failure for good', () => {
  const status = foldConfigStatus({ config, runs: [], missingSecrets: ['aws', 'npm'], now })
  expect(ready(status)).toMatchObject({
    status: 'False',
    reason: 'SecretNotFound',
    message: 'Secrets aws, npm do not exist',
  })
  expect(status.conditions?.find(({ type }) => type === 'Stalled')?.status).toBe('False')
})

test('the Secrets of all steps are listed once', () => {
  expect(listSecrets(config.spec)).toEqual(['aws', 'npm'])
})

const connection: RepositoryConnection = {
  metadata: { name: 'c', generation: 2 },
  spec: { repository: 'https://git.example/r', provider: 'generic', authSecretRef: 'auth', pipelineConfigRef: 'web' },
  status: { webhookURL: 'https://hooks.example', conditions: [{ type: 'WebhookRegistered', status: 'True' }] },
}

test('a connection says what is missing', () => {
  const fold = (missingSecrets: string[], hasConfig: boolean) =>
    ready(foldConnectionStatus({ connection, missingSecrets, hasConfig, now }))
  expect(fold(['auth'], true)).toMatchObject({ reason: 'SecretNotFound', message: 'Secret auth does not exist' })
  expect(fold([], false)).toMatchObject({
    reason: 'PipelineConfigNotFound',
    message: 'PipelineConfig web does not exist',
  })
  expect(fold([], true)).toMatchObject({ status: 'True' })
  expect(listConnectionSecrets(connection)).toEqual(['auth'])
})

test('what other field managers own is not in it', () => {
  const ownTypes = ['Ready', 'Reconciling', 'Stalled']
  const told = foldConnectionStatus({ connection, missingSecrets: [], hasConfig: true, now })
  expect(Object.keys(told).toSorted()).toEqual([...connectionFields].toSorted())
  expect(told.conditions?.map(({ type }) => type)).toEqual(ownTypes)
  const lastRequest = { token: '1', run: 'r' }
  const asked = {
    ...config,
    status: { lastRequest, lastScheduled: at(1), conditions: [{ type: 'X', status: 'True' as const }] },
  }
  const counted = foldConfigStatus({
    config: asked,
    runs: [{ createdAt: at(1), phase: 'Succeeded', startTime: at(1), completionTime: at(1) }],
    missingSecrets: [],
    now,
  })
  expect(Object.keys(counted).toSorted()).toEqual([...configFields].toSorted())
  expect(counted.conditions?.map(({ type }) => type)).toEqual(ownTypes)
})
