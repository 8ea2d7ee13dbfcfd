import type { KubeClient } from '../../kube/ports.ts'
import { createSlots } from '../slots.ts'
import { isPassing } from './failure.ts'

/** What the intake needs of the API server. */
export type IntakeClient = Pick<KubeClient, 'get' | 'list' | 'create' | 'patch'>

/** Each passes two webhooks: more at once only make all of them slower, until the webhooks' own reads come too late. */
const createsAtOnce = 16
const endless = new AbortController().signal

/** The client, with creates one after another in so many lines; one that fails by a passing fault is tried once more. */
export function measureCreates(client: IntakeClient): IntakeClient {
  const slots = createSlots(createsAtOnce)
  return {
    get: (...given) => client.get(...given),
    list: (...given) => client.list(...given),
    patch: (...given) => client.patch(...given),
    async create(...given) {
      const giveBack = await slots.take(endless)
      try {
        return await client.create(...given)
      } catch (error) {
        // Names are a function of the event, so doing it again does nothing twice.
        if (!isPassing(error)) throw error
        return await client.create(...given)
      } finally {
        giveBack()
      }
    },
  }
}
