/**
 * Aho and Corasick's automaton over bytes in typed arrays: 21 bytes a state, so that an SSH key in all its encodings
 * (about 50,000 states) takes 1 MB. State 0 is the root. States near the root have many children and are where
 * most steps happen, so they get a whole row of the transition table.
 */
export interface Automaton {
  /** A child, or 0 for none, or −1 − n for a state whose transitions are row n of `rows`. */
  readonly firstChild: Int32Array
  /** 256 states a row: the next state for each byte, failures included. */
  readonly rows: Int32Array
  readonly sibling: Int32Array
  /** The byte on the edge that leads to the state. */
  readonly label: Uint8Array
  readonly fail: Int32Array
  /** Length of the longest pattern that ends in this state, 0 for none. */
  readonly matched: Int32Array
  /** How many of the last bytes may be the beginning of a longer match. */
  readonly live: Int32Array
}

interface Builder extends Automaton {
  readonly depth: Int32Array
  size: number
}

/** More children than this make a state wide. */
const narrow = 4
/** A row is 1 KiB. */
const mostRows = 1024

/** Patterns are binary strings, one character a byte, none empty. */
export function buildAutomaton(patterns: Iterable<string>): Automaton {
  const sorted = [...patterns].sort()
  const builder = createBuilder(countStates(sorted))
  for (const pattern of sorted) insertPattern(builder, pattern)
  return finish(builder, addRows(builder, linkFailures(builder)))
}

/** Exactly, because memory is what the automaton costs: in sorted order each pattern adds what its neighbour lacks. */
function countStates(sorted: readonly string[]): number {
  let states = 1
  let before = ''
  for (const pattern of sorted) {
    let shared = 0
    while (shared < before.length && before[shared] === pattern[shared]) shared++
    states += pattern.length - shared
    before = pattern
  }
  return states
}

/** The next state; `byte` is 0 to 255. */
export function step(automaton: Automaton, from: number, byte: number): number {
  const { firstChild, rows, sibling, label, fail } = automaton
  let state = from
  for (;;) {
    let child = firstChild[state] as number
    if (child < 0) return rows[((-1 - child) << 8) | byte] as number
    while (child !== 0 && label[child] !== byte) child = sibling[child] as number
    if (child !== 0 || state === 0) return child
    state = fail[state] as number
  }
}

function createBuilder(capacity: number): Builder {
  return {
    firstChild: new Int32Array(capacity),
    rows: new Int32Array(0),
    sibling: new Int32Array(capacity),
    label: new Uint8Array(capacity),
    fail: new Int32Array(capacity),
    matched: new Int32Array(capacity),
    live: new Int32Array(capacity),
    depth: new Int32Array(capacity),
    size: 1,
  }
}

function insertPattern(builder: Builder, pattern: string): void {
  let state = 0
  for (let at = 0; at < pattern.length; at++) {
    const byte = pattern.charCodeAt(at)
    state = findChild(builder, state, byte) || addChild(builder, state, byte)
  }
  builder.matched[state] = pattern.length
}

function findChild({ firstChild, sibling, label }: Builder, state: number, byte: number): number {
  let child = firstChild[state] as number
  while (child !== 0 && label[child] !== byte) child = sibling[child] as number
  return child
}

function addChild(builder: Builder, state: number, byte: number): number {
  const child = builder.size++
  builder.label[child] = byte
  builder.depth[child] = (builder.depth[state] as number) + 1
  builder.sibling[child] = builder.firstChild[state] as number
  builder.firstChild[state] = child
  return child
}

/**
 * Breadth first, so that a state's failure link, which is always less deep, is complete before the state. Answers all
 * states in that order.
 */
function linkFailures(builder: Builder): Int32Array {
  const { firstChild, sibling, label, fail, matched, live, depth } = builder
  const queue = new Int32Array(builder.size)
  let end = 1
  for (let begin = 0; begin < end; begin++) {
    const state = queue[begin] as number
    for (let child = firstChild[state] as number; child !== 0; child = sibling[child] as number) {
      queue[end++] = child
      const target = state === 0 ? 0 : step(builder, fail[state] as number, label[child] as number)
      fail[child] = target
      matched[child] = Math.max(matched[child] as number, matched[target] as number)
      live[child] = firstChild[child] === 0 ? (live[target] as number) : (depth[child] as number)
    }
  }
  return queue
}

/** Gives the wide states their rows, those near the root first; a row is filled while its state is still narrow. */
function addRows(builder: Builder, states: Int32Array): Int32Array {
  const wide = states.filter((state) => state === 0 || isWide(builder, state)).subarray(0, mostRows)
  const rows = new Int32Array(wide.length * 256)
  wide.forEach((state, row) => {
    for (let byte = 0; byte < 256; byte++) rows[(row << 8) | byte] = step(builder, state, byte)
  })
  wide.forEach((state, row) => {
    builder.firstChild[state] = -1 - row
  })
  return rows
}

function isWide({ firstChild, sibling }: Builder, state: number): boolean {
  let children = 0
  for (let child = firstChild[state] as number; child !== 0; child = sibling[child] as number) children++
  return children > narrow
}

function finish({ firstChild, sibling, label, fail, matched, live }: Builder, rows: Int32Array): Automaton {
  return { firstChild, rows, sibling, label, fail, matched, live }
}
