import { type Automaton, buildAutomaton, step } from './automaton.ts'
import { buildGramFilter, type GramFilter, skipToCandidate } from './gram-filter.ts'
import { isTooShort, toSecretForms } from './secret-forms.ts'

export interface Secret {
  /** For reports only: `<secret>/<key>`. */
  readonly name: string
  readonly value: Uint8Array
}

export interface Masker {
  /** What is certain of the output so far. It may share memory with `chunk`: use it before `chunk` is written again. */
  push(chunk: Uint8Array): Uint8Array
  /** The same without a copy: usually a few bytes held back before, then most of `chunk`. */
  pushParts(chunk: Uint8Array): readonly Uint8Array[]
  /** The rest. The masker is then as new. */
  end(): Uint8Array
  /** Names of values too short to be masked. */
  readonly unmasked: readonly string[]
}

/**
 * Replaces every secret, in all its forms, by `***`. The output depends on the bytes alone, not on how they are cut into
 * chunks; overlapping matches become one `***`. Only bytes that may be the beginning of a match are held back: at most
 * one less than the longest form has.
 */
export function createMasker(secrets: readonly Secret[]): Masker {
  const forms = new Set(secrets.flatMap(({ value }) => [...toSecretForms(value)]))
  const unmasked = secrets.filter(({ value }) => isTooShort(value)).map(({ name }) => name)
  if (forms.size === 0) return passAll(unmasked)
  const longest = [...forms].reduce((length, form) => Math.max(length, form.length), 0)
  const stream = new MaskingStream(buildAutomaton(forms), buildGramFilter(forms), longest)
  return {
    push: (chunk) => join(stream.push(chunk)),
    pushParts: (chunk) => stream.push(chunk),
    end: () => join(stream.end()),
    unmasked,
  }
}

function passAll(unmasked: readonly string[]): Masker {
  return { push: (chunk) => chunk, pushParts: (chunk) => [chunk], end: () => nothing, unmasked }
}

const nothing = new Uint8Array(0)
const stars = new Uint8Array([42, 42, 42])

/** Bytes to be masked, as places relative to the start of the current chunk; places before it are negative. */
interface Region {
  start: number
  end: number
  /** Its `***` is in the output already; it is kept only to be merged with matches that overlap its end. */
  isWritten: boolean
}

class MaskingStream {
  readonly #automaton: Automaton
  readonly #filter: GramFilter
  readonly #held: Uint8Array
  #heldLength = 0
  #state = 0
  #regions: Region[] = []

  constructor(automaton: Automaton, filter: GramFilter, longest: number) {
    this.#automaton = automaton
    this.#filter = filter
    this.#held = new Uint8Array(longest)
  }

  push(chunk: Uint8Array): Uint8Array[] {
    this.#scan(chunk)
    const live = this.#automaton.live[this.#state] as number
    return this.#take(chunk, chunk.length - live)
  }

  end(): Uint8Array[] {
    const rest = this.#take(nothing, 0)
    this.#state = 0
    this.#regions = []
    return rest
  }

  /**
   * The automaton reads only what the filter does not rule out. Wherever the live prefix is shorter than the stride, the
   * filter is asked from the start of that prefix on: its no also ends the prefix.
   */
  #scan(chunk: Uint8Array): void {
    const { matched, live } = this.#automaton
    const { stride } = this.#filter
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    let state = this.#state
    let askAt = 0
    for (let at = 0; at < chunk.length; at++) {
      const from = at - (live[state] as number)
      if (at >= askAt && from >= 0 && at - from < stride) {
        const candidate = skipToCandidate(this.#filter, view, from)
        if (candidate > from) state = 0
        at = Math.max(at, candidate)
        askAt = candidate + stride
      }
      state = step(this.#automaton, state, chunk[at] as number)
      const length = matched[state] as number
      if (length !== 0) addMatch(this.#regions, at + 1 - length, at + 1)
    }
    this.#state = state
  }

  /** Output up to `sure`, the first place that may still become part of a match; keeps the bytes from there on. */
  #take(chunk: Uint8Array, sure: number): Uint8Array[] {
    const parts: Uint8Array[] = []
    let at = -this.#heldLength
    for (const region of this.#regions) {
      if (region.start >= sure) break
      this.#addBytes(parts, chunk, { from: at, to: region.start })
      if (!region.isWritten) parts.push(stars)
      region.isWritten = true
      at = Math.max(at, region.end)
    }
    this.#addBytes(parts, chunk, { from: at, to: sure })
    this.#hold(chunk, Math.max(at, sure))
    this.#regions = this.#regions
      .filter(({ end }) => end > sure)
      .map(({ start, end, isWritten }) => ({ start: start - chunk.length, end: end - chunk.length, isWritten }))
    return parts
  }

  #addBytes(parts: Uint8Array[], chunk: Uint8Array, { from, to }: { from: number; to: number }): void {
    const held = this.#heldLength
    // A copy, because what is held is about to be overwritten.
    if (from < Math.min(to, 0)) parts.push(this.#held.slice(held + from, held + Math.min(to, 0)))
    if (to > Math.max(from, 0)) parts.push(chunk.subarray(Math.max(from, 0), to))
  }

  #hold(chunk: Uint8Array, from: number): void {
    const kept = from < 0 ? this.#held.copyWithin(0, this.#heldLength + from, this.#heldLength) : this.#held
    const offset = Math.max(0, -from)
    const rest = chunk.subarray(Math.max(0, from))
    kept.set(rest, offset)
    this.#heldLength = offset + rest.length
  }
}

/** Matches come in order of their ends. Regions that overlap become one; regions that only touch stay two. */
function addMatch(regions: Region[], start: number, end: number): void {
  let last = regions.at(-1)
  const merged: Region = { start, end, isWritten: false }
  while (last !== undefined && last.end > start) {
    merged.start = Math.min(merged.start, last.start)
    merged.isWritten ||= last.isWritten
    regions.pop()
    last = regions.at(-1)
  }
  regions.push(merged)
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length <= 1) return parts[0] ?? nothing
  return Buffer.concat(parts)
}
