/**
 * Text of strangers as it may be kept and shown: one line, without control characters, formatting characters (which turn
 * text around) and halves of characters, at most so many characters long.
 */
export function toPlainText(text: string, most: number): string {
  // More than that is cut off anyway; a title of megabytes costs nothing.
  const start = text.slice(0, most * 4)
  return cutText(start.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu, ' ').trim(), most)
}

/** The first line that says something; commit messages begin with it. */
export function toFirstLine(text: string, most: number): string {
  return toPlainText(/\S[^\n\r]*/.exec(text.slice(0, most * 8))?.[0] ?? '', most)
}

/** At most so many characters as the API server counts them, with an ellipsis for the rest. */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text
  const characters = Array.from(text)
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`
}

/** A link that a page may show; undefined for anything else, and for what is too long to be kept whole. */
export function toPlainUrl(text: string | undefined, most: number): string | undefined {
  if (text === undefined || text.length > most) return undefined
  return /^https?:\/\/[^\p{Cc}\p{Cf}\p{Cs}\p{Z}"<>\\]+$/u.test(text) ? text : undefined
}
