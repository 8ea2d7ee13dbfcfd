import { isRecord } from '../../crds/inspect.ts'
import { mergeSettings, readSetting } from './values/settings.ts'
import { defaultSettings, type InstallOverrides, type InstallSettings } from './values/values.ts'

/**
 * A place in an object that settings fill. The objects of an installation are written once, with slots, and read by two: `fill`
 * here, and deploy/generate/chart, which makes templates of Helm of them.
 */
export type Slot =
  /** The value, whatever it is. */
  | { readonly slot: 'value'; readonly path: string }
  /** The value as a string, as variables want it. */
  | { readonly slot: 'text'; readonly path: string }
  /** The value; its field, or its list's items, are left out where it is empty. */
  | { readonly slot: 'optional'; readonly path: string }
  /** The reference of the image. */
  | { readonly slot: 'image' }
  /** `node` where the condition holds; else its field or item is left out. */
  | { readonly slot: 'when'; readonly condition: Condition; readonly node: unknown }

/** Every path must hold something: Helm's truth, by which 0, false and all that is empty are nothing. */
export interface Condition {
  readonly all: readonly string[]
  readonly none?: readonly string[]
}

export const value = (path: string): Slot => ({ slot: 'value', path })
export const textOf = (path: string): Slot => ({ slot: 'text', path })
export const optional = (path: string): Slot => ({ slot: 'optional', path })
export const image: Slot = { slot: 'image' }
export const when = (path: string, node: unknown): Slot => ({ slot: 'when', condition: { all: [path] }, node })

export function isSlot(node: unknown): node is Slot {
  return isRecord(node) && 'slot' in node
}

export function completeSettings(overrides: InstallOverrides): InstallSettings {
  return mergeSettings(defaultSettings, overrides)
}

/** `registry:5000/c8s@sha256:…` or `registry:5000/c8s:tag` as settings. */
export function parseImage(reference: string): InstallSettings['image'] {
  const [name = '', digest = ''] = reference.split('@')
  const { repository = name, tag } = /^(?<repository>.+?):(?<tag>[^/:]+)$/.exec(name)?.groups ?? {}
  return { repository, tag: tag ?? 'latest', digest }
}

export function holds({ all, none = [] }: Condition, settings: InstallSettings): boolean {
  const isTrue = (path: string) => isTruthy(readSetting(settings, path))
  return all.every(isTrue) && !none.some(isTrue)
}

/** The node with its slots filled. What is left out disappears with its field or item. */
export function fill(node: unknown, settings: InstallSettings): unknown {
  if (isSlot(node)) return fillSlot(node, settings)
  if (Array.isArray(node)) return node.flatMap((item) => fillItem(item, settings))
  if (!isRecord(node)) return node
  const fields = Object.entries(node).map(([name, child]) => [name, fill(child, settings)] as const)
  return Object.fromEntries(fields.filter(([, child]) => child !== undefined))
}

/** An optional list stands for its items. */
function fillItem(item: unknown, settings: InstallSettings): readonly unknown[] {
  const filled = fill(item, settings)
  if (filled === undefined) return []
  return isSlot(item) && Array.isArray(filled) ? (filled as unknown[]) : [filled]
}

function fillSlot(slot: Slot, settings: InstallSettings): unknown {
  switch (slot.slot) {
    case 'image':
      return toReference(settings.image)
    case 'value':
      return readSetting(settings, slot.path)
    case 'text':
      return String(readSetting(settings, slot.path))
    case 'optional': {
      const found = readSetting(settings, slot.path)
      return isTruthy(found) ? found : undefined
    }
    case 'when':
      return holds(slot.condition, settings) ? fill(slot.node, settings) : undefined
  }
}

function toReference({ repository, tag, digest }: InstallSettings['image']): string {
  return digest === '' ? `${repository}:${tag}` : `${repository}@${digest}`
}

function isTruthy(found: unknown): boolean {
  if (Array.isArray(found)) return found.length > 0
  if (isRecord(found)) return Object.keys(found).length > 0
  return Boolean(found)
}
