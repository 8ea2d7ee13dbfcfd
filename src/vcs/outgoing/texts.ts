import { createHash } from 'node:crypto'

/** Any text as one line of at most so many characters, as forges cut or refuse longer ones. */
export function toLine(text: string, longest: number): string {
  const line = text.replace(/[\p{Cc}\p{Z}]+/gu, ' ').trim()
  const characters = [...line]
  return characters.length <= longest ? line : `${characters.slice(0, longest - 1).join('')}…`
}

/** A name that stays the same for the same text, and another for another, within the forge's limit. */
export function toKey(text: string, longest: number): string {
  if (text.length <= longest) return text
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12)
  return `${text.slice(0, longest - hash.length - 1)}-${hash}`
}
