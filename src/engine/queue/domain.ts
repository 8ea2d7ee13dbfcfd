import { formatQuantity, type Quantity } from '../../lib/quantity.ts'
import type { Amounts } from './demand.ts'

/** Something that has only so much room: a ResourceQuota, or the quota of a team. */
export interface Domain {
  readonly id: string
  /** As a person knows it: `ResourceQuota "ci"`. */
  readonly title: string
  readonly hard: Amounts
  /** Everything that counts now, with what was granted and cannot be seen yet. */
  readonly used: Amounts
  /** What others than steps hold, and have held for a while: no step's end makes room there. */
  readonly foreign?: Amounts
}

/** One resource of a domain for which a step has to wait. */
export interface Lack {
  readonly domain: Domain
  readonly name: string
  readonly asked: Quantity
  readonly left: Quantity
  /**
   * `never`: more than there is in all. `others`: what is in use is not c8s's to end. `now`: steps use it.
   * `turn`: there is some, but it is kept for what comes first.
   */
  readonly kind: 'never' | 'others' | 'now' | 'turn'
}

/** The room that is left in all domains, while it is being given out. */
export class RoomLeft {
  readonly #domains: ReadonlyMap<string, Domain>
  readonly #left = new Map<string, Map<string, Quantity>>()
  /** Resources that a step which comes first has to wait for. */
  readonly #closed = new Set<string>()

  constructor(domains: readonly Domain[]) {
    this.#domains = new Map(domains.map((domain) => [domain.id, domain]))
    for (const { id, hard, used } of domains) {
      this.#left.set(id, new Map([...hard].map(([name, most]) => [name, most - (used.get(name) ?? 0n)])))
    }
  }

  /**
   * Takes the room of a step. Where there is not enough, what is there is kept for it, so that nothing which comes later
   * takes what would let it start, and gives back what it lacks. One that cannot start whichever step ends keeps nothing.
   */
  take(ids: readonly string[], demand: Amounts): readonly Lack[] {
    const domains = ids.flatMap((id) => this.#domains.get(id) ?? [])
    const lacks = domains.flatMap((domain) => this.#findLacks(domain, demand))
    if (lacks.some(({ kind }) => kind === 'never' || kind === 'others')) return lacks
    const lacking = new Set(lacks.map(({ domain, name }) => `${domain.id} ${name}`))
    for (const { id } of domains) {
      const left = this.#left.get(id)
      for (const [name, amount] of left ?? []) {
        const asked = demand.get(name) ?? 0n
        if (asked > 0n && !lacking.has(`${id} ${name}`)) left?.set(name, amount - asked)
      }
    }
    for (const key of lacking) this.#closed.add(key)
    return lacks
  }

  #findLacks(domain: Domain, demand: Amounts): readonly Lack[] {
    const lacks: Lack[] = []
    for (const [name, left] of this.#left.get(domain.id) ?? []) {
      const asked = demand.get(name) ?? 0n
      const most = domain.hard.get(name) ?? 0n
      if (asked <= 0n) continue
      const isShort = asked > left
      const kind = asked > most ? 'never' : asked > most - (domain.foreign?.get(name) ?? 0n) ? 'others' : 'now'
      if (isShort) lacks.push({ domain, name, asked, left, kind })
      else if (this.#closed.has(`${domain.id} ${name}`)) lacks.push({ domain, name, asked, left, kind: 'turn' })
    }
    return lacks
  }
}

/** One sentence about the worst of what a step lacks: names the quota, what is asked and what is left. */
export function describeLacks(lacks: readonly Lack[]): string {
  const order: readonly Lack['kind'][] = ['never', 'others', 'now', 'turn']
  const [worst] = lacks.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))
  if (worst === undefined) return ''
  const { domain, name, kind } = worst
  const style = name.endsWith('memory') ? 'binary' : 'decimal'
  const [asked, left, most] = [worst.asked, worst.left, domain.hard.get(name) ?? 0n].map((amount) =>
    formatQuantity(amount < 0n ? 0n : amount, style),
  )
  if (kind === 'never') return `it asks for ${asked} of ${name}, and ${domain.title} has ${most} in all`
  if (kind === 'turn') return `others come first: they wait for ${name} of ${domain.title}`
  const who = kind === 'others' ? '; what is in use belongs to others than c8s' : ''
  return `it asks for ${asked} of ${name}, and ${domain.title} has ${left} of ${most} left${who}`
}
