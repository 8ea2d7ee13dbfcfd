/**
 * A graph that knows nothing of pipelines. `needs` names what must come before a node; names that are not nodes are
 * left out, because an unknown need is somebody else's mistake to report. All functions take time linear in nodes and
 * edges, use no recursion, and answer in the order in which the nodes are listed.
 */
export interface Graph {
  nodes(): Iterable<string>
  needs(node: string): Iterable<string>
}

export interface SortedGraph {
  /** Every node that can be reached in order, each after its needs. */
  readonly order: readonly string[]
  /** Nodes on a cycle, or behind one. */
  readonly stuck: readonly string[]
}

type Edges = ReadonlyMap<string, readonly string[]>

/** Orders the nodes (Kahn): each after all it needs, ties in the order in which they are listed. */
export function sortGraph(graph: Graph): SortedGraph {
  const needs = collectEdges(graph)
  const dependents = invertEdges(needs)
  const open = new Map([...needs].map(([node, before]) => [node, before.length]))
  const order = [...needs.keys()].filter((node) => open.get(node) === 0)
  // `order` grows while it is walked: it is Kahn's queue and the result at once.
  for (const node of order) {
    for (const dependent of dependents.get(node) ?? []) {
      const left = (open.get(dependent) ?? 0) - 1
      open.set(dependent, left)
      if (left === 0) order.push(dependent)
    }
  }
  return { order, stuck: [...needs.keys()].filter((node) => open.get(node) !== 0) }
}

/**
 * Cycles that share no node, at least one for each group of nodes that need each other, so that none is reported twice
 * and mending them all mends most. Each starts at its node listed first, and `a, b` next to each other means that a
 * needs b; the last needs the first.
 */
export function findCycles(graph: Graph): readonly (readonly string[])[] {
  const needs = collectEdges(graph)
  const rank = new Map([...needs.keys()].map((node, index) => [node, index]))
  return walkForCycles(needs)
    .map((cycle) => shortenCycle(startAtFirst(cycle, rank), needs))
    .sort((a, b) => rankOf(a[0], rank) - rankOf(b[0], rank))
}

/** `test → build → test`: each needs the next. Very long circles are cut in the middle, their length told. */
export function renderCycle(cycle: readonly string[], most = 40): string {
  const [first = ''] = cycle
  if (cycle.length <= most) return [...cycle, first].join(' → ')
  const half = Math.floor(most / 2)
  const left = `(${cycle.length - 2 * half} more)`
  return [...cycle.slice(0, half), left, ...cycle.slice(-half), first].join(' → ')
}

/** The greatest sum of weights along any path. Nodes on or behind a cycle don't count. */
export function measureLongestPath(graph: Graph, weigh: (node: string) => number): number {
  const needs = collectEdges(graph)
  const until = new Map<string, number>()
  let longest = 0
  for (const node of sortGraph(graph).order) {
    const start = (needs.get(node) ?? []).reduce((most, need) => Math.max(most, until.get(need) ?? 0), 0)
    const end = start + weigh(node)
    until.set(node, end)
    longest = Math.max(longest, end)
  }
  return longest
}

function collectEdges(graph: Graph): Edges {
  const known = new Set(graph.nodes())
  return new Map([...known].map((node) => [node, [...new Set(graph.needs(node))].filter((need) => known.has(need))]))
}

function invertEdges(needs: Edges): Edges {
  const dependents = new Map<string, string[]>([...needs.keys()].map((node) => [node, []]))
  for (const [node, before] of needs) for (const need of before) dependents.get(need)?.push(node)
  return dependents
}

/** Depth-first search; a step back onto the path closes a cycle, whose nodes are then done with. */
function walkForCycles(needs: Edges): string[][] {
  const cycles: string[][] = []
  const done = new Set<string>()
  for (const start of needs.keys()) {
    const path: string[] = []
    const places = new Map<string, number>()
    const next = new Map<string, number>()
    const enter = (node: string) => {
      places.set(node, path.length)
      path.push(node)
    }
    const leave = (count: number) => {
      for (const node of path.splice(path.length - count)) {
        places.delete(node)
        done.add(node)
      }
    }
    if (!done.has(start)) enter(start)
    for (let node = path.at(-1); node !== undefined; node = path.at(-1)) {
      const index = next.get(node) ?? 0
      next.set(node, index + 1)
      const need = needs.get(node)?.[index]
      if (need === undefined) {
        leave(1)
        continue
      }
      const place = places.get(need)
      if (place !== undefined) {
        cycles.push(path.slice(place))
        leave(path.length - place)
      } else if (!done.has(need)) {
        enter(need)
      }
    }
  }
  return cycles
}

function rankOf(node: string | undefined, rank: ReadonlyMap<string, number>): number {
  return rank.get(node ?? '') ?? 0
}

function startAtFirst(cycle: readonly string[], rank: ReadonlyMap<string, number>): string[] {
  const first = cycle.reduce((best, node, index) => (rankOf(node, rank) < rankOf(cycle[best], rank) ? index : best), 0)
  return [...cycle.slice(first), ...cycle.slice(0, first)]
}

/** The shortest way from the first node back to itself within the cycle's own nodes (breadth first). */
function shortenCycle(cycle: readonly string[], needs: Edges): readonly string[] {
  const [first = ''] = cycle
  const inside = new Set(cycle)
  const cameFrom = new Map<string, string>()
  const queue = [first]
  for (const node of queue) {
    for (const need of needs.get(node) ?? []) {
      if (need === first) return traceBack(node, cameFrom)
      if (!inside.has(need) || cameFrom.has(need)) continue
      cameFrom.set(need, node)
      queue.push(need)
    }
  }
  return cycle
}

function traceBack(last: string, cameFrom: ReadonlyMap<string, string>): readonly string[] {
  const path: string[] = []
  for (let node: string | undefined = last; node !== undefined; node = cameFrom.get(node)) path.push(node)
  return path.reverse()
}
