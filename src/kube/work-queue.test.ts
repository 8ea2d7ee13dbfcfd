import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FakeTimers, settle } from '../../test/helpers/fake-timers.ts'
import { QueueState } from './queue-state.ts'
import { createWorkQueue } from './work-queue.ts'

const keys = fc.constantFrom('a', 'b', 'c', 'd')
const moves = fc.array(
  fc.record({
    move: fc.constantFrom('add', 'addAt', 'take', 'finish', 'fail', 'pass'),
    key: keys,
    time: fc.integer({ min: 0, max: 50 }),
  }),
  { maxLength: 80 },
)

/** Plays the workers: keeps what is owed and what is under way beside the state, and compares. */
class Workers {
  readonly state: QueueState
  readonly working = new Set<string>()
  readonly owed = new Set<string>()
  now = 0

  constructor(hasLanes: boolean) {
    const lane = (key: string) => ({ name: key < 'c' ? 'low' : 'high', workers: 1 })
    this.state = new QueueState(hasLanes ? (key) => [lane(key)] : undefined)
  }

  play({ move, key, time }: { move: string; key: string; time: number }): void {
    const play: Record<string, () => void> = {
      add: () => this.owe(key, () => this.state.add(key)),
      addAt: () => this.owe(key, () => this.state.addAt(key, this.now + time)),
      take: () => this.take(),
      finish: () => this.working.delete(key) && this.state.finish(key),
      fail: () => this.working.delete(key) && this.owe(key, () => this.state.fail(key, this.now)),
      pass: () => {
        this.now += time
      },
    }
    play[move]?.()
  }

  owe(key: string, act: () => void): void {
    this.owed.add(key)
    act()
  }

  take(): string | undefined {
    const key = this.state.take(this.now)
    if (key !== undefined) {
      expect(this.working.has(key)).toBe(false)
      this.working.add(key)
      this.owed.delete(key)
    }
    return key
  }

  finishAll(): void {
    for (const key of this.working) {
      this.working.delete(key)
      this.state.finish(key)
    }
  }
}

describe('the order of work', () => {
  it('works on a key once at a time, forgets none, and comes to an end', () => {
    fc.assert(
      fc.property(moves, fc.boolean(), (script, hasLanes) => {
        const workers = new Workers(hasLanes)
        for (const step of script) {
          workers.play(step)
        }
        workers.finishAll()
        for (let turn = 0; turn < 10; turn += 1) {
          workers.now = Math.max(workers.now, workers.state.findNextTime() ?? 0)
          workers.take()
          workers.finishAll()
        }
        expect([...workers.owed]).toEqual([])
        expect(workers.state.counts).toEqual({ ready: 0, working: 0, waiting: 0 })
      }),
    )
  })

  it('doubles the wait of a failing key up to 5 minutes and starts over after a success', () => {
    const state = new QueueState()
    const waits: number[] = []
    let now = 0
    state.add('a')
    for (let attempt = 0; attempt < 20; attempt += 1) {
      expect(state.take(now)).toBe('a')
      state.fail('a', now)
      const next = state.findNextTime() ?? 0
      expect(state.take(next - 1)).toBeUndefined()
      waits.push(next - now)
      now = next
    }
    expect(waits.slice(0, 4)).toEqual([5, 10, 20, 40])
    expect(waits.at(-1)).toBe(300_000)
    state.take(now)
    state.finish('a')
    expect(state.countFailures('a')).toBe(0)
  })

  it('keeps the earliest of several times, and news beats a back-off', () => {
    const state = new QueueState()
    state.addAt('a', 100)
    state.addAt('a', 50)
    state.addAt('a', 70)
    expect(state.findNextTime()).toBe(50)
    state.add('a')
    expect(state.take(0)).toBe('a')
    expect(state.findNextTime()).toBeUndefined()
  })
})

describe('lanes', () => {
  const byLetter = (workers: number) => (key: string) => [{ name: key.charAt(0), workers }]
  const takeAll = (state: QueueState) => {
    const taken: string[] = []
    for (let key = state.take(0); key !== undefined; key = state.take(0)) taken.push(key)
    return taken
  }

  it('hold back keys of a lane that is full, and none of another', () => {
    const state = new QueueState(byLetter(2))
    for (const key of ['a1', 'a2', 'a3', 'a4', 'b1']) state.add(key)
    expect(takeAll(state)).toEqual(['a1', 'b1', 'a2'])
    state.fail('a1', 0)
    state.finish('b1')
    expect(takeAll(state)).toEqual(['a3'])
  })

  it('take turns, whichever has more keys', () => {
    const state = new QueueState(byLetter(10))
    for (const key of ['a1', 'a2', 'a3', 'b1', 'b2', 'c1']) state.add(key)
    expect(takeAll(state)).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3'])
  })

  it('count together where a key is in several', () => {
    const state = new QueueState((key) => [
      { name: 'all', workers: 2 },
      { name: key, workers: 1 },
    ])
    for (const key of ['a', 'b', 'c']) state.add(key)
    expect(takeAll(state)).toEqual(['a', 'b'])
    state.finish('a')
    expect(takeAll(state)).toEqual(['c'])
  })

  it('are those of the moment when the key was queued, also when it changes them while it is worked on', () => {
    let lane = 'old'
    const state = new QueueState(() => [{ name: lane, workers: 1 }])
    state.add('a')
    lane = 'new'
    state.add('a')
    expect(takeAll(state)).toEqual(['a'])
    state.add('a')
    state.finish('a')
    expect(takeAll(state)).toEqual(['a'])
    state.finish('a')
    lane = 'old'
    state.add('b')
    expect(takeAll(state)).toEqual(['b'])
    expect(state.counts).toEqual({ ready: 0, working: 1, waiting: 0 })
  })
})

describe('the queue', () => {
  function startQueue(workers: number, work: (key: string) => Promise<number | undefined>) {
    const timers = new FakeTimers()
    const faults: string[] = []
    const queue = createWorkQueue({ timers, workers, work, onFault: (_, key, count) => faults.push(`${key} ${count}`) })
    queue.start()
    return { timers, queue, faults }
  }

  it('keeps as many keys under way as it has workers', async () => {
    const ends: (() => void)[] = []
    let most = 0
    let running = 0
    const { queue } = startQueue(3, async () => {
      most = Math.max(most, (running += 1))
      await new Promise<void>((resolve) => ends.push(resolve))
      running -= 1
      return undefined
    })
    for (let index = 0; index < 10; index += 1) {
      queue.add(`key-${index}`)
    }
    await settle()
    expect(queue.counts).toEqual({ ready: 7, working: 3, waiting: 0 })
    while (ends.length > 0) {
      ends.shift()?.()
      await settle()
    }
    expect(most).toBe(3)
    expect(queue.counts).toEqual({ ready: 0, working: 0, waiting: 0 })
  })

  it('does not let a key that always fails delay the others', async () => {
    const done: string[] = []
    const { timers, queue, faults } = startQueue(1, async (key) => {
      if (key === 'poison') {
        throw new Error('poison')
      }
      done.push(key)
      return undefined
    })
    queue.add('poison')
    await timers.advance(60_000)
    queue.add('good')
    await settle()
    expect(done).toEqual(['good'])
    expect(faults.length).toBeLessThan(15)
    expect(faults.at(-1)).toBe(`poison ${faults.length}`)
  })

  it('comes back to a key when its work asks for it', async () => {
    let times = 0
    const { timers, queue } = startQueue(1, async () => ((times += 1) < 3 ? 1000 : undefined))
    queue.addAfter('a', 500)
    await timers.advance(499)
    expect(times).toBe(0)
    await timers.advance(1)
    expect(times).toBe(1)
    await timers.advance(10_000)
    expect(times).toBe(3)
  })

  it('works once more on a key that was added while it was worked on', async () => {
    let end: () => void = () => {}
    let times = 0
    const { queue } = startQueue(2, async () => {
      times += 1
      await new Promise<void>((resolve) => {
        end = resolve
      })
      return undefined
    })
    queue.add('a')
    queue.add('a')
    queue.add('a')
    await settle()
    expect(times).toBe(1)
    end()
    await settle()
    expect(times).toBe(2)
  })

  it('stops after the work under way, and takes nothing new', async () => {
    let end: () => void = () => {}
    let times = 0
    const { queue } = startQueue(1, async () => {
      times += 1
      await new Promise<void>((resolve) => {
        end = resolve
      })
      return undefined
    })
    queue.add('a')
    queue.add('b')
    let hasStopped = false
    const stop = async () => {
      await queue.stop()
      hasStopped = true
    }
    const stopped = stop()
    await settle()
    expect(hasStopped).toBe(false)
    end()
    await stopped
    queue.add('c')
    await settle()
    expect(times).toBe(1)
  })
})
