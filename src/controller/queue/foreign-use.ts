import type { Amounts } from '../../engine/queue/demand.ts'

interface Window {
  readonly since: number
  readonly least: Amounts
  /** Of the window before; undefined while there is none. */
  readonly before?: Amounts
}

const windowMs = 30_000

/**
 * What others than steps have held of each quota for a while: the least of the last half to whole minute. A single look
 * shows too much right after a step has ended, while the quota still counts it.
 */
export class ForeignUse {
  readonly #windows = new Map<string, Window>()

  /** Notes what others hold now; gives back what they have held for long, nothing where that is not known yet. */
  note(id: string, now: Amounts, at: number): Amounts {
    const last = this.#windows.get(id)
    const isOver = last !== undefined && at - last.since >= windowMs
    const window: Window =
      last === undefined || isOver
        ? { since: at, least: now, ...(last === undefined ? {} : { before: last.least }) }
        : { ...last, least: takeLeast(last.least, now) }
    this.#windows.set(id, window)
    return window.before === undefined ? new Map() : takeLeast(window.before, window.least)
  }

  forget(): void {
    this.#windows.clear()
  }
}

function takeLeast(a: Amounts, b: Amounts): Amounts {
  return new Map(
    [...a].flatMap(([name, amount]) => {
      const other = b.get(name)
      return other === undefined ? [] : [[name, amount < other ? amount : other]]
    }),
  )
}
