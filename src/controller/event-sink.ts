import type { EventNote, EventWriter } from '../kube/events.ts'
import type { Timers } from '../kube/timers.ts'

/** Writes Events behind the back of the reconcilers: they are worth telling, not worth waiting for. */
export interface EventSink {
  push(notes: readonly EventNote[]): void
  /** Resolves when all that was pushed has been written. */
  drain(): Promise<void>
}

/** Written at once. */
const parallelWrites = 2
/** Waiting ones beyond this are dropped, the oldest first. */
const mostWaiting = 2000

/** Held back this long: what starts the next step goes first. */
const delayMs = 1000

export function createEventSink(writer: EventWriter, timers: Timers): EventSink {
  const waiting: EventNote[] = []
  const running = new Set<Promise<void>>()
  let cancelTimer: (() => void) | undefined

  const pump = (): void => {
    while (running.size < parallelWrites) {
      const note = waiting.shift()
      if (note === undefined) return
      const write = writer.write(note).finally(() => {
        running.delete(write)
        pump()
      })
      running.add(write)
    }
  }

  return {
    push(notes) {
      waiting.push(...notes)
      if (waiting.length > mostWaiting) waiting.splice(0, waiting.length - mostWaiting)
      cancelTimer ??= timers.after(delayMs, () => {
        cancelTimer = undefined
        pump()
      })
    },
    async drain() {
      cancelTimer?.()
      pump()
      while (running.size > 0) await Promise.race(running)
    },
  }
}
