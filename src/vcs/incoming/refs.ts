import { refPattern } from '../../../crds/patterns.ts'
import type { GitRef } from '../../lib/forge-event.ts'
import { ignored, requireText } from './fields.ts'

const usable = new RegExp(refPattern)
/** As long as the fields of a run take. */
const longestName = 255

const prefixes = { branch: 'refs/heads/', tag: 'refs/tags/' } as const

/** A ref in full (refs/heads/main). Throws where it is neither a branch nor a tag, or has a name that no run can have. */
export function requireRef(source: unknown, path: string): GitRef {
  const text = requireText(source, path)
  const kind = (['branch', 'tag'] as const).find((known) => text.startsWith(prefixes[known]))
  if (kind === undefined) throw ignored(`${path} is neither a branch nor a tag`)
  return { kind, name: checkName(text.slice(prefixes[kind].length), path) }
}

/** The short name of a branch or tag. */
export function requireName(source: unknown, path: string): string {
  return checkName(requireText(source, path), path)
}

function checkName(name: string, path: string): string {
  if (usable.test(name) && name.length <= longestName) return name
  throw ignored(`${path} is a name that c8s cannot use: it starts with a dash, is too long or has special characters`)
}
