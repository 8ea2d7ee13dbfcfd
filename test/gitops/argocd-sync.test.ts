import { afterAll, beforeAll, describe } from 'vitest'
import { testChildren } from './argocd/children.ts'
import { testHealth } from './argocd/health.ts'
import { testHooks } from './argocd/hooks.ts'
import { testOrder } from './argocd/order.ts'
import { testRetention } from './argocd/retention.ts'
import { type Soak, startSoak, testFirstSync, testSoak } from './argocd/soak.ts'
import { type GitOpsWorld, startWorld } from './argocd/world.ts'

/** One file, since the ten minutes of the first tests are those that the others take. */
let world: GitOpsWorld
let soak: Soak

beforeAll(async () => {
  world = await startWorld()
  soak = await startSoak(world)
})
afterAll(() => world.stop())

testFirstSync(() => ({ world, soak }))
describe('what a run makes', () => testChildren(() => world))
describe('health', () => testHealth(() => world))
describe('hooks', () => testHooks(() => world))
describe('order', () => testOrder(() => world))
describe('history', () => testRetention(() => world))
describe('the end', () => testSoak(() => ({ soak })))
