import { createHash } from 'node:crypto'
import { type Clock, toTimestamp } from '../lib/clock.ts'
import type { KubeObject } from '../lib/kubernetes.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import { isAlreadyExists, isConflict } from './kube-error.ts'
import type { KubeClient } from './ports.ts'

export interface EventNote {
  /** What it is about; apiVersion, kind, name and uid are needed. */
  readonly about: KubeObject
  readonly type: 'Normal' | 'Warning'
  /** One CamelCase word. */
  readonly reason: string
  /** One sentence for a person; cut to the 1024 characters that the API allows. */
  readonly message: string
}

export interface EventWriterOptions {
  readonly client: KubeClient
  readonly clock: Clock
  /** `c8s-controller`, as `kubectl describe` shows under From. */
  readonly component: string
  /** For the log: an event that was not written. */
  readonly onFault?: (error: unknown) => void
}

/** Kubernetes Events. The same note about the same object is one Event that counts; writing never throws. */
export interface EventWriter {
  write(note: EventNote): Promise<void>
}

interface CoreEvent extends KubeObject {
  readonly count?: number
}

const longestMessage = 1024
const longestReason = 128
const longestName = 253
const attempts = 3

export function createEventWriter(options: EventWriterOptions): EventWriter {
  return {
    write: async (note) => {
      try {
        await writeEvent(options, note)
      } catch (error) {
        options.onFault?.(error)
      }
    },
  }
}

async function writeEvent(options: EventWriterOptions, note: EventNote): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const event = toEvent(note, options)
    try {
      await options.client.create(resourceTypes.event, event)
      return
    } catch (error) {
      if (!isAlreadyExists(error)) {
        throw error
      }
    }
    const { namespace, name } = event.metadata
    const key = { namespace, name }
    const known = await options.client.get<CoreEvent>(resourceTypes.event, key)
    // Events live for an hour: this one may have ended between the two calls.
    if (known === undefined) {
      continue
    }
    const { resourceVersion } = known.metadata
    const count = (known.count ?? 1) + 1
    const patch = { metadata: { resourceVersion }, count, lastTimestamp: toTimestamp(options.clock.now()) }
    try {
      await options.client.patch(resourceTypes.event, key, patch)
      return
    } catch (error) {
      if (!isConflict(error) || attempt === attempts) {
        throw error
      }
    }
  }
}

function toEvent({ about, type, reason, message }: EventNote, { clock, component }: EventWriterOptions) {
  const { name = '', uid = '', resourceVersion } = about.metadata
  const namespace = about.metadata.namespace ?? 'default'
  const now = toTimestamp(clock.now())
  return {
    metadata: { namespace, name: toEventName(name, [uid, type, reason, message, component]) },
    involvedObject: {
      apiVersion: about.apiVersion,
      kind: about.kind,
      ...(about.metadata.namespace === undefined ? {} : { namespace }),
      name,
      uid,
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    type,
    reason: reason.slice(0, longestReason),
    message: message.length > longestMessage ? `${message.slice(0, longestMessage - 1)}…` : message,
    source: { component },
    reportingComponent: component,
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
  }
}

/** The same for the same note, so that a repetition, also after a restart, finds the Event that is there. */
function toEventName(name: string, content: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 16)
  return `${name.slice(0, longestName - hash.length - 1).replace(/[^a-z0-9]+$/, '')}.${hash}`
}
