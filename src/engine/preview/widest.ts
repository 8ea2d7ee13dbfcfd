import type { Quantity } from '../../lib/quantity.ts'

/** What runs as one: a step, or the legs of its matrix. */
export interface Load {
  readonly name: string
  /** Loads that must have ended before. Names that are no load are left out. */
  readonly needs: readonly string[]
  readonly amount: Quantity
}

/** Above this many edges the sum of all is told: it is a bound too, and the exact one would take seconds. */
const mostEdges = 20_000

/**
 * The most that can be asked for at one moment: the heaviest set of loads of which none needs another, directly or through
 * others. By Dilworth's theorem that is the sum of all less the maximum flow that hands the weight of a load on to those
 * that need it.
 */
export function findWidest(loads: readonly Load[]): Quantity {
  const total = loads.reduce((sum, { amount }) => sum + amount, 0n)
  const index = new Map(loads.map(({ name }, at) => [name, at]))
  const edges = loads.flatMap(({ needs }, to) =>
    [...new Set(needs)].flatMap((need) => {
      const from = index.get(need)
      return from === undefined || from === to ? [] : [{ from, to }]
    }),
  )
  if (edges.length > mostEdges) return total
  return total - findMaximumFlow(toNetwork(loads, edges, total))
}

interface Network {
  readonly source: number
  readonly sink: number
  /** Nodes that an edge leads to, and what it can still take; edge `i ^ 1` is the way back of edge `i`. */
  readonly target: number[]
  readonly room: Quantity[]
  /** Edges by the node they leave. */
  readonly leaving: number[][]
}

/** Each load is a giver (2i) and a taker (2i + 1); what a taker does not keep passes to its own giver. */
function toNetwork(
  loads: readonly Load[],
  edges: readonly { readonly from: number; readonly to: number }[],
  unlimited: Quantity,
): Network {
  const source = 2 * loads.length
  const network: Network = {
    source,
    sink: source + 1,
    target: [],
    room: [],
    leaving: Array.from({ length: source + 2 }, () => []),
  }
  const connect = (from: number, to: number, room: Quantity) => {
    network.leaving[from]?.push(network.target.length)
    network.target.push(to)
    network.room.push(room)
    network.leaving[to]?.push(network.target.length)
    network.target.push(from)
    network.room.push(0n)
  }
  loads.forEach(({ amount }, at) => {
    connect(source, 2 * at, amount)
    connect(2 * at + 1, network.sink, amount)
    connect(2 * at + 1, 2 * at, unlimited)
  })
  for (const { from, to } of edges) connect(2 * from, 2 * to + 1, unlimited)
  return network
}

/** Dinic's algorithm: shortest ways first, as many of one length as there are, then longer ones. */
function findMaximumFlow(network: Network): Quantity {
  let flow = 0n
  for (let depth = measureDepth(network); depth[network.sink] !== undefined; depth = measureDepth(network)) {
    const next = network.leaving.map(() => 0)
    for (let sent = pushOne(network, depth, next); sent > 0n; sent = pushOne(network, depth, next)) flow += sent
  }
  return flow
}

type Depths = readonly (number | undefined)[]

function measureDepth({ source, target, room, leaving }: Network): Depths {
  const depth: (number | undefined)[] = leaving.map(() => undefined)
  depth[source] = 0
  const queue = [source]
  for (const node of queue) {
    for (const edge of leaving[node] ?? []) {
      const to = target[edge] ?? source
      if (depth[to] !== undefined || (room[edge] ?? 0n) === 0n) continue
      depth[to] = (depth[node] ?? 0) + 1
      queue.push(to)
    }
  }
  return depth
}

/** One way from source to sink, without recursion; gives back how much went along it, 0 where there is none left. */
function pushOne(network: Network, depth: Depths, next: number[]): Quantity {
  const { source, sink, target, leaving } = network
  const way: number[] = []
  let node = source
  while (node !== sink) {
    const edges = leaving[node] ?? []
    const edge = edges[next[node] ?? 0]
    if (edge === undefined) {
      const back = way.pop()
      if (back === undefined) return 0n
      node = target[back ^ 1] ?? source
      next[node] = (next[node] ?? 0) + 1
    } else if (leadsOn(network, depth, edge)) {
      way.push(edge)
      node = target[edge] ?? sink
    } else {
      next[node] = (next[node] ?? 0) + 1
    }
  }
  return send(network, way)
}

function leadsOn({ target, room }: Network, depth: Depths, edge: number): boolean {
  const [from, to] = [depth[target[edge ^ 1] ?? -1], depth[target[edge] ?? -1]]
  return from !== undefined && to === from + 1 && (room[edge] ?? 0n) > 0n
}

function send({ room }: Network, way: readonly number[]): Quantity {
  const sent = way.map((edge) => room[edge] ?? 0n).reduce((least, each) => (each < least ? each : least))
  for (const edge of way) {
    room[edge] = (room[edge] ?? 0n) - sent
    room[edge ^ 1] = (room[edge ^ 1] ?? 0n) + sent
  }
  return sent
}
