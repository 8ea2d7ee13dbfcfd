import { expect, test } from 'vitest'
import { seed } from '../../test/helpers/admission.ts'
import { aConfig, aConnection, aQuota, team } from '../../test/helpers/admission-objects.ts'
import { FakeKube } from '../../test/helpers/fake-kube.ts'
import { systemTimers } from '../kube/timers.ts'
import { createNearObjects } from './near-objects.ts'

test('nothing is known before the watches have caught up; then what they tell is', async () => {
  const kube = new FakeKube()
  await seed(kube, aConfig(), aConnection(), aConnection({}, { name: 'x', namespace: 'team-b' }), aQuota({ pods: '1' }))
  const faults: unknown[] = []
  const watched = createNearObjects({ source: kube, timers: systemTimers, onFault: (error) => faults.push(error) })
  const { near } = watched
  expect(near.findConfig(team, 'app')).toBeUndefined()
  expect(near.listConnections(team)).toBeUndefined()
  expect(near.listQuotas(team)).toBeUndefined()

  watched.start()
  await expect.poll(() => near.findConfig(team, 'app')?.spec.repository).toBe('https://git.test/team/app')
  await expect.poll(() => near.listConnections(team)?.map(({ metadata }) => metadata.name)).toEqual(['forge'])
  await expect.poll(() => near.listQuotas(team)?.map(({ metadata }) => metadata.name)).toEqual(['team'])
  expect(near.listQuotas('team-b')).toEqual([])
  expect(near.findConfig('team-b', 'app')).toBeUndefined()

  await seed(kube, aConfig({}, { name: 'second' }))
  await expect.poll(() => near.findConfig(team, 'second')?.metadata.name).toBe('second')
  await watched.stop()
  expect(faults).toEqual([])
})
