/**
 * How programs write a value down: every encoding a secret is looked for in. Values are "binary" strings, one character
 * a byte, so that a value that is not UTF-8 goes through as it is.
 */

/** Base64 and base64url: what the value becomes at each of the three places it can have in a group of three bytes. */
export function toBase64(value: string): string[] {
  return [0, 1, 2].flatMap((before) => {
    const whole = Buffer.from('\0'.repeat(before) + value, 'latin1').toString('base64')
    const bare = whole.replace(/=+$/, '')
    // The first and last characters may also hold bits of the value's neighbours: those are no part of the pattern.
    const from = Math.ceil((before * 8) / 6)
    const core = bare.slice(from, Math.floor(((before + value.length) * 8) / 6))
    // Where the value ends the data the last character is known, and masking it too leaks nothing.
    return withUrlAlphabet([core, bare.slice(from), whole.slice(from)])
  })
}

/**
 * The lines of a long base64 text as base64(1) (76) and PEM (64) break it, alone and together. A short last line alone
 * is left out: it says next to nothing and would be found in innocent text.
 */
export function toWrappedBase64(value: string): string[] {
  const whole = Buffer.from(value, 'latin1').toString('base64')
  return [76, 64].flatMap((width) => {
    if (whole.length <= width) return []
    const lines = whole.match(new RegExp(`.{1,${width}}`, 'g')) ?? []
    return [...lines.filter((line) => line.length >= 16), lines.join('\n')]
  })
}

function withUrlAlphabet(texts: readonly string[]): string[] {
  return texts.flatMap((text) => [text, text.replaceAll('+', '-').replaceAll('/', '_')])
}

export function toHex(value: string): string[] {
  const hex = Buffer.from(value, 'latin1').toString('hex')
  return [hex, hex.toUpperCase()]
}

/** What common encoders leave as it is: JavaScript's two, RFC 3986, Python's quote, HTML forms. */
const unescapedInUrls = [/[\w.!~*'()-]/, /[\w.!~*'();/?:@&=+$,#-]/, /[\w.~-]/, /[\w.~/-]/, /[\w.*-]/]

export function toPercentEncoded(value: string): string[] {
  return unescapedInUrls.flatMap((kept) => {
    const upper = replaceEach(value, (char) => (kept.test(char) ? char : `%${hexOf(char, 2).toUpperCase()}`))
    const lower = replaceEach(value, (char) => (kept.test(char) ? char : `%${hexOf(char, 2)}`))
    return [upper, lower, upper.replaceAll('%20', '+'), lower.replaceAll('%20', '+')]
  })
}

const jsonShort: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
}

/** What a JSON writer escapes beyond what it must; undefined for "as all others do". */
type JsonDialect = (char: string) => string | undefined

const jsonDialects: readonly JsonDialect[] = [
  () => undefined, // JavaScript
  (char) => (/[<>&]/.test(char) ? `\\u${hexOf(char, 4)}` : undefined), // Go
  (char) => (/[<>&]/.test(char) ? `\\u${hexOf(char, 4).toUpperCase()}` : undefined), // Rails, Jackson
  (char) => (char === '/' ? '\\/' : undefined), // PHP
  (char) => (/["'<>&+`]/.test(char) ? `\\u${hexOf(char, 4).toUpperCase()}` : undefined), // .NET
]

/** Python and others: nothing but ASCII. */
const asciiDialect: JsonDialect = (char) => (char > '~' ? `\\u${hexOf(char, 4)}` : undefined)

/** The value inside a JSON string, and inside a JSON string inside another. */
export function toJsonEscaped(value: string): string[] {
  const once = jsonDialects.map((dialect) => toJson(value, dialect))
  const twice = once.slice(0, 1).map((text) => toJson(text, () => undefined))
  const text = Buffer.from(value, 'latin1').toString('utf8')
  const isText = !text.includes('\uFFFD')
  return [...once, ...twice, ...(isText ? [toJson(text, asciiDialect)] : [])]
}

function toJson(value: string, dialect: JsonDialect): string {
  return replaceEach(value, (char) => dialect(char) ?? jsonShort[char] ?? (char < ' ' ? `\\u${hexOf(char, 4)}` : char))
}

/** The entities each kind of writer uses: text only, XML, HTML in Python, Go and others, Go's encoding/xml. */
const xmlEntities: readonly Readonly<Record<string, string>>[] = [
  {},
  { '"': '&quot;' },
  { '"': '&quot;', "'": '&apos;' },
  { '"': '&quot;', "'": '&#39;' },
  { '"': '&quot;', "'": '&#x27;' },
  { '"': '&quot;', "'": '&#039;' },
  { '"': '&#34;', "'": '&#39;' },
  { '"': '&#34;', "'": '&#39;', '\n': '&#xA;', '\t': '&#x9;', '\r': '&#xD;' },
]

export function toXmlEscaped(value: string): string[] {
  const always: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }
  return xmlEntities.map((entities) => replaceEach(value, (char) => always[char] ?? entities[char] ?? char))
}

const ansiShort: Readonly<Record<string, string>> = {
  "'": "\\'",
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\x1b': '\\E',
}

/** As shells print it back (`set -x`, `printf %q`) and as scripts quote it; also with `$` doubled, as make wants it. */
export function toShellQuoted(value: string): string[] {
  return [
    value.replaceAll("'", `'\\''`),
    value.replaceAll("'", `'"'"'`),
    value.replace(/["\\$`]/g, '\\$&'),
    value.replace(/["\\]/g, '\\$&'),
    value.replaceAll('"', '\\"'),
    value.replace(/[\s!"#$&'()*,;<=>?[\\\]^`{|}~]/g, '\\$&'),
    value.replace(/[\s!"$&'()*,;<>?[\\\]^`{|}]/g, '\\$&'),
    replaceEach(value, (char) => ansiShort[char] ?? char),
    value.replaceAll('$', '$$$$'),
  ]
}

function replaceEach(text: string, replace: (char: string) => string): string {
  let result = ''
  for (let at = 0; at < text.length; at++) result += replace(text.charAt(at))
  return result
}

function hexOf(char: string, digits: number): string {
  return char.charCodeAt(0).toString(16).padStart(digits, '0')
}
