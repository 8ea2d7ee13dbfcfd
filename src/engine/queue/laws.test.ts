import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Quantity } from '../../lib/quantity.ts'
import type { Domain } from './domain.ts'
import { giveRoom, type QueueFacts, type WaitingRun } from './grant.ts'

/** Namespaces `n0` and `n1`, each with a quota; both may be of one team that has another. Every step asks for all resources. */
interface Place {
  readonly quotas: readonly (readonly [cpu: number, pods: number])[]
  readonly team: readonly [cpu: number, pods: number]
}

/** Waves of steps, one after the other; of each step its CPU and how long it takes. */
interface Job {
  readonly id: string
  readonly arrives: number
  readonly namespace: number
  readonly config: number
  readonly priority: number
  readonly waves: readonly (readonly (readonly [cpu: number, ticks: number])[])[]
}

const room = fc.tuple(fc.integer({ min: 2, max: 6 }), fc.integer({ min: 1, max: 5 }))
const place: fc.Arbitrary<Place> = fc.record({ quotas: fc.tuple(room, room), team: room })
const aStep = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 5 }))
const jobs = (most: number) =>
  fc
    .array(
      fc.record({
        arrives: fc.nat(30),
        namespace: fc.nat(1),
        config: fc.nat(2),
        priority: fc.constantFrom(0, 0, 0, 10),
        waves: fc.array(fc.array(aStep, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }),
      }),
      { maxLength: most },
    )
    .map((list) => list.map((job, index): Job => ({ ...job, id: `r${index}` })))

const amounts = (cpu: number, pods: number) =>
  new Map<string, Quantity>([
    ['cpu', BigInt(cpu)],
    ['pods', BigInt(pods)],
  ])

interface Running {
  readonly job: Job
  readonly cpu: number
  readonly until: number
}

/** Time in ticks; the queue is asked at each of them, and what it grants runs. */
class World {
  now = 0
  planned?: (facts: QueueFacts, turns: ReturnType<typeof giveRoom>) => void
  running: Running[] = []
  readonly done = new Map<string, number>()
  readonly begun = new Map<string, number>()
  readonly place: Place
  readonly #open = new Map<Job, { wave: number; left: number[] }>()

  constructor(place: Place) {
    this.place = place
  }

  get open(): readonly Job[] {
    return [...this.#open.keys()]
  }

  add(job: Job): void {
    this.#open.set(job, { wave: 0, left: job.waves[0]?.map((_, index) => index) ?? [] })
  }

  tick(): void {
    for (const { job } of this.running.filter(({ until }) => until <= this.now)) this.#endStep(job)
    this.running = this.running.filter(({ until }) => until > this.now)
    for (const job of this.#open.keys()) this.#nextWave(job)
    const facts = this.facts()
    const turns = giveRoom(facts)
    this.planned?.(facts, turns)
    for (const job of this.#open.keys()) this.#start(job, turns.get(job.id)?.granted ?? new Set())
    this.#checkRoom()
    this.now += 1
  }

  /** A step that asks for more than there is in all never runs; nobody waits for it. */
  fits(job: Job): boolean {
    const [own = [0, 0], team] = [this.place.quotas[job.namespace], this.place.team]
    const most = Math.min(own[0], team[0])
    return own[1] > 0 && team[1] > 0 && job.waves.flat().every(([cpu]) => cpu <= most)
  }

  facts(): QueueFacts {
    const uses = (of: (job: Job) => boolean) => {
      const counted = this.running.filter(({ job }) => of(job))
      return amounts(
        counted.reduce((sum, { cpu }) => sum + cpu, 0),
        counted.length,
      )
    }
    const domain = (id: string, [cpu, pods]: readonly [number, number], of: (job: Job) => boolean): Domain => {
      return { id, title: id, hard: amounts(cpu, pods), used: uses(of) }
    }
    const { quotas, team } = this.place
    return {
      domains: [
        ...quotas.map((hard, index) => domain(`n${index}`, hard, ({ namespace }) => namespace === index)),
        domain('team', team, () => true),
      ],
      held: new Map(
        [...Map.groupBy(this.running, ({ job }) => `${job.config}`)].map(([key, all]) => [key, all.length]),
      ),
      runs: [...this.#open].flatMap(([job, { wave, left }]) => this.#toWaiting(job, wave, left)),
    }
  }

  #toWaiting(job: Job, wave: number, left: readonly number[]): readonly WaitingRun[] {
    if (left.length === 0) return []
    const { id, namespace, priority, config, arrives } = job
    const steps = left.map((index) => ({ name: `${index}`, demand: amounts(job.waves[wave]?.[index]?.[0] ?? 0, 1) }))
    const domains = [`n${namespace}`, 'team']
    return [{ id, domains, priority, hasStarted: this.begun.has(id), share: `${config}`, createdAt: arrives, steps }]
  }

  #start(job: Job, granted: ReadonlySet<string>): void {
    const state = this.#open.get(job)
    for (const name of granted) {
      const [cpu = 0, ticks = 0] = job.waves[state?.wave ?? 0]?.[Number(name)] ?? []
      this.running.push({ job, cpu, until: this.now + ticks })
      if (!this.begun.has(job.id)) this.begun.set(job.id, this.now)
    }
    if (state !== undefined) state.left = state.left.filter((index) => !granted.has(`${index}`))
  }

  #endStep(job: Job): void {
    this.done.set(job.id, (this.done.get(job.id) ?? 0) + 1)
  }

  #nextWave(job: Job): void {
    const state = this.#open.get(job)
    if (state === undefined || state.left.length > 0 || this.running.some((each) => each.job === job)) return
    state.wave += 1
    const wave = job.waves[state.wave]
    if (wave === undefined) this.#open.delete(job)
    else state.left = wave.map((_, index) => index)
  }

  #checkRoom(): void {
    for (const { id, hard, used } of this.facts().domains) {
      for (const [name, most] of hard) if ((used.get(name) ?? 0n) > most) throw new Error(`${id} is over its ${name}`)
    }
  }
}

function shuffle({ domains, runs, held }: QueueFacts): QueueFacts {
  return { domains: domains.toReversed(), runs: runs.toReversed(), held }
}

test('whatever comes, no quota is exceeded, every run that fits ends, and the order of the lists means nothing', () => {
  fc.assert(
    fc.property(place, jobs(15), (place, list) => {
      const world = new World(place)
      world.planned = (facts, turns) => {
        if (world.now % 7 === 0) expect(giveRoom(shuffle(facts))).toEqual(new Map([...turns].toReversed()))
      }
      const steps = list.flatMap(({ waves }) => waves.flat()).length
      for (let tick = 0; tick < 31 + steps * 5; tick += 1) {
        for (const job of list) if (job.arrives === tick) world.add(job)
        world.tick()
      }
      expect(world.open.filter((job) => world.fits(job)).map(({ id }) => id)).toEqual([])
    }),
    { numRuns: 60 },
  )
})

test('a large run begins though small ones of other configs never stop coming', () => {
  const small = fc.array(
    fc.tuple(fc.nat(1), fc.nat(4), fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 5 })),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  fc.assert(
    fc.property(place, fc.array(small, { minLength: 6, maxLength: 6 }), fc.nat(8), (place, stream, at) => {
      const world = new World(place)
      const most = Math.min(place.quotas[0]?.[0] ?? 0, place.team[0])
      let bound = Number.POSITIVE_INFINITY
      for (let tick = 0; tick < at + 250 && !world.begun.has('large'); tick += 1) {
        for (const [index, [namespace, config, cpu, ticks]] of (stream[tick % stream.length] ?? []).entries()) {
          const waves = [[[cpu, ticks] as const], [[1, ticks] as const]]
          world.add({ id: `s${tick}-${index}`, arrives: tick, namespace, config, priority: 0, waves })
        }
        if (tick === at) {
          // All that came before may come first, one after the other, each for as long as steps take.
          bound = tick + 5 * (2 * world.open.length + world.running.length + 2)
          const waves = [[[most, 1] as const]]
          world.add({ id: 'large', arrives: tick, namespace: 0, config: 5, priority: 0, waves })
        }
        world.tick()
      }
      expect(world.begun.get('large') ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(bound)
    }),
    { numRuns: 40 },
  )
})
