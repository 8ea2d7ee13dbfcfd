import {
  toBase64,
  toHex,
  toJsonEscaped,
  toPercentEncoded,
  toShellQuoted,
  toWrappedBase64,
  toXmlEscaped,
} from './encodings.ts'

/** A value shorter than this many bytes would mask half the log and hide nothing. */
const shortestMasked = 4

/**
 * All byte strings that stand for the value, as binary strings (one character a byte), each of 4 bytes or more. Blanks
 * around the value or a line are no part of what is masked: they tell nothing, and a masked line feed joins lines.
 */
export function toSecretForms(value: Uint8Array): Set<string> {
  const raw = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1')
  const trimmed = trimAscii(raw)
  const forms = new Set<string>()
  if (trimmed.length < shortestMasked) return forms
  forms.add(trimmed)
  const lines = trimmed.split(/[\r\n]+/).map(trimAscii)
  // Encodings of single characters: what they make of the whole is what they make of its lines, one after the other, so
  // the whole is needed only where a line is too short to be looked for. It would cost memory many times the value.
  if (lines.some((line) => line.length < shortestMasked)) addEncodings(forms, trimmed)
  for (const line of lines) addEncodings(forms, line)
  // In base64 the blanks share characters with the value. `echo "$SECRET" | base64` puts a line feed behind it.
  for (const text of [raw, trimmed, `${trimmed}\n`]) addAll(forms, [...toBase64(text), ...toWrappedBase64(text)])
  return forms
}

/** Is the value too short to be masked? */
export function isTooShort(value: Uint8Array): boolean {
  return trimAscii(Buffer.from(value).toString('latin1')).length < shortestMasked
}

function addEncodings(forms: Set<string>, text: string): void {
  // The encodings of a text too short to be masked say no more than the text.
  if (text.length < shortestMasked) return
  addAll(forms, [
    text,
    ...toBase64(text),
    ...toHex(text),
    ...toPercentEncoded(text),
    ...toJsonEscaped(text),
    ...toXmlEscaped(text),
    ...toShellQuoted(text),
  ])
}

function addAll(forms: Set<string>, texts: readonly string[]): void {
  for (const text of texts) if (text.length >= shortestMasked) forms.add(text)
}

/** Not String.trim: that takes the byte A0, which is half a character in UTF-8. */
function trimAscii(text: string): string {
  return text.replace(/^[ \t\r\n\f\v]+/, '').replace(/[ \t\r\n\f\v]+$/, '')
}
