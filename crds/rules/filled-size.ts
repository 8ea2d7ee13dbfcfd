import { type FillKind, hasPlaceholder, listPlaceholders, type StepText, toVariable } from '../placeholders.ts'
import { measureBytes } from './rule.ts'

/** A text that is filled in, as far as its size goes: read once, however many legs it is filled in for. */
export interface SizedText extends StepText {
  /** Bytes of all that stays as it is. */
  readonly bytes: number
  /** How often which value stands in it. */
  readonly uses: readonly Use[]
  /** Whether everything in it stands for something; else another rule says so. */
  readonly canFill: boolean
}

interface Use {
  readonly kind: FillKind
  readonly name: string
  readonly count: number
}

/** Bytes of each value. */
export type Sizes = Readonly<Record<FillKind, ReadonlyMap<string, number>>>

export function measureMap(values: Readonly<Record<string, string>>): ReadonlyMap<string, number> {
  return new Map(Object.entries(values).map(([name, value]) => [name, measureBytes(value)]))
}

/** `known` has a size for all that there is, whichever leg it is of: all legs of a step have values of the same names. */
export function sizeText(text: StepText, known: Sizes): SizedText {
  const bytes = measureBytes(text.text)
  if (!hasPlaceholder(text.text)) return { ...text, bytes, uses: [], canFill: true }
  const found = listPlaceholders(text.text)
  const used = found.filter(({ kind, name }) => name !== undefined && known[kind].has(name))
  const uses = [...Map.groupBy(used, ({ kind, name }) => `${kind} ${name}`).values()].flatMap((same): Use[] => {
    const [{ kind, name } = {}] = same
    return kind === undefined || name === undefined ? [] : [{ kind, name, count: same.length }]
  })
  const replaced = used.reduce((sum, each) => sum + measureBytes(each.text), 0)
  return { ...text, bytes: bytes - replaced, uses, canFill: used.length === found.length }
}

/** Bytes of the text when it is filled in. */
export function measureFilled({ bytes, uses }: SizedText, sizes: Sizes): number {
  return uses.reduce((sum, { kind, name, count }) => sum + count * (sizes[kind].get(name) ?? 0), bytes)
}

/** Bytes of the variables that a step is given the values in. */
export function measureVariables(kind: FillKind, sizes: Sizes): number {
  return [...sizes[kind]].reduce((sum, [name, bytes]) => sum + toVariable(kind, name).length + bytes + 2, 0)
}
