import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMasker, type Secret } from './masker.ts'
import { toSecretForms } from './secret-forms.ts'

/** Letters that make secrets overlap, repeat and need escaping; no `*`, because `***` itself may complete such a secret. */
const letters = fc.constantFrom('a', 'b', 'b', '\n', ' ', '"', '&', '%', '+', 'é')
const secretText = fc
  .oneof(fc.array(letters, { maxLength: 9 }), fc.array(letters, { minLength: 12, maxLength: 30 }))
  .map((parts) => parts.join(''))
const secretTexts = fc.oneof(
  fc.array(secretText, { minLength: 1, maxLength: 4 }),
  fc.array(
    secretText.filter((text) => text.trim().length >= 12),
    { minLength: 1, maxLength: 4 },
  ),
)
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'))
const named = (values: readonly string[]): Secret[] =>
  values.map((value, at) => ({ name: `s/${at}`, value: Buffer.from(value) }))

/** A text of bits of the secrets, their forms and noise, and the places where it is cut. */
const cases = secretTexts.chain((texts) => {
  const forms = texts.flatMap((text) => [...toSecretForms(Buffer.from(text))])
  const pieces = [fc.array(letters, { maxLength: 4 }).map((parts) => Buffer.from(parts.join('')).toString('latin1'))]
  if (forms.length > 0) {
    const form = fc.constantFrom(...forms)
    pieces.push(
      form,
      fc.tuple(form, fc.nat(30)).map(([text, length]) => text.slice(0, length)),
      fc.tuple(form, fc.nat(30)).map(([text, from]) => text.slice(from)),
    )
  }
  return fc.record({
    secrets: fc.constant(texts),
    text: fc.array(fc.oneof(...pieces), { maxLength: 12 }).map((parts) => parts.join('')),
    cuts: fc.array(fc.nat(25), { minLength: 1, maxLength: 8 }),
  })
})

describe('createMasker', () => {
  it('gives what replacing in the whole text gives, however the text is cut', () => {
    fc.assert(
      fc.property(cases, ({ secrets, text, cuts }) => {
        const want = maskWhole(secrets, text)
        expect(maskInPieces(secrets, text, [Infinity])).toBe(want)
        expect(maskInPieces(secrets, text, [1])).toBe(want)
        expect(maskInPieces(secrets, text, cuts)).toBe(want)
      }),
      { numRuns: 600 },
    )
  })

  it('never has a form of a secret in its output', () => {
    fc.assert(
      fc.property(cases, ({ secrets, text, cuts }) => {
        const output = maskInPieces(secrets, text, cuts)
        for (const secret of secrets) {
          for (const form of toSecretForms(Buffer.from(secret))) expect(output.includes(form)).toBe(false)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('holds back less than its longest form and gives out nothing it has to take back', () => {
    fc.assert(
      fc.property(cases, ({ secrets, text, cuts }) => {
        const want = maskWhole(secrets, text)
        const forms = secrets.flatMap((secret) => [...toSecretForms(Buffer.from(secret))])
        const longest = Math.max(1, ...forms.map((form) => form.length))
        const masker = createMasker(named(secrets))
        let read = 0
        let output = ''
        for (const piece of cut(text, cuts)) {
          output += Buffer.from(masker.push(bytes(piece))).toString('latin1')
          read += piece.length
          expect(want.startsWith(output)).toBe(true)
          if (want === text) expect(output.length).toBeGreaterThan(read - longest)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('passes bytes on at once where no secret can have begun', () => {
    const masker = createMasker(named(['hunter22']))
    expect(Buffer.from(masker.push(bytes('progress 50%'))).toString()).toBe('progress 50%')
    expect(Buffer.from(masker.push(bytes(' hunt'))).toString()).toBe(' ')
    expect(Buffer.from(masker.push(bytes('ing'))).toString()).toBe('hunting')
  })

  it('does not keep the memory of the chunk it was given', () => {
    const masker = createMasker(named(['hunter22']))
    const buffer = Buffer.from('a hunte')
    masker.push(buffer)
    buffer.fill('x')
    expect(Buffer.from(masker.push(bytes('d'))).toString()).toBe('hunted')
  })

  it('can be used again after its end', () => {
    const masker = createMasker(named(['hunter22']))
    masker.push(bytes('hunter'))
    expect(Buffer.from(masker.end()).toString()).toBe('hunter')
    expect(Buffer.from(masker.push(bytes('22'))).toString()).toBe('22')
    expect(masker.end()).toHaveLength(0)
  })

  it('reports values too short to be masked and masks the others', () => {
    const masker = createMasker(named(['abc', 'abcd', '', ' abc ', '   \n']))
    expect(masker.unmasked).toEqual(['s/0', 's/2', 's/3', 's/4'])
    expect(Buffer.from(masker.push(bytes('abc abcd'))).toString()).toBe('abc ***')
    expect(createMasker([]).unmasked).toEqual([])
  })

  it('masks values that are no text', () => {
    const value = new Uint8Array([0, 255, 128, 10, 200, 201, 202, 203])
    const masker = createMasker([{ name: 'b', value }])
    expect(Buffer.from(masker.push(Buffer.concat([bytes('<'), value, bytes('>')]))).toString()).toBe('<***>')
    expect(Buffer.from(masker.push(bytes(`<${Buffer.from(value).toString('base64')}>`))).toString()).toBe('<***>')
  })

  it('takes time proportional to the text on text made to be slow', () => {
    const masker = createMasker(named([`${'a'.repeat(5000)}b`, 'ab'.repeat(2000)]))
    const started = performance.now()
    for (let round = 0; round < 20; round++) masker.push(bytes('a'.repeat(100_000)))
    for (let round = 0; round < 20; round++) masker.push(bytes('ab'.repeat(1500).concat('a').repeat(30)))
    expect(performance.now() - started).toBeLessThan(3000)
  })
})

function maskInPieces(secrets: readonly string[], text: string, sizes: readonly number[]): string {
  const masker = createMasker(named(secrets))
  const parts = cut(text, sizes).map((piece) => Buffer.from(masker.push(bytes(piece))))
  return Buffer.concat([...parts, masker.end()]).toString('latin1')
}

/** A size of 0 gives an empty piece before one of a single byte. */
function cut(text: string, sizes: readonly number[]): string[] {
  const pieces: string[] = []
  for (let at = 0, turn = 0; at < text.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 0
    if (size === 0) pieces.push('')
    pieces.push(text.slice(at, at + Math.max(1, size)))
    at += Math.max(1, size)
  }
  return pieces
}

/** The slow, obvious way: mark every occurrence of every form, then replace each run of overlapping occurrences. */
function maskWhole(secrets: readonly string[], text: string): string {
  const matches: [number, number][] = []
  for (const form of new Set(secrets.flatMap((secret) => [...toSecretForms(Buffer.from(secret))]))) {
    for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + 1)) matches.push([at, at + form.length])
  }
  matches.sort(([a], [b]) => a - b)
  let output = ''
  let written = 0
  for (let next = 0; next < matches.length; ) {
    const [start] = matches[next] as [number, number]
    let end = start
    do {
      end = Math.max(end, (matches[next] as [number, number])[1])
      next++
    } while (next < matches.length && (matches[next] as [number, number])[0] < end)
    output += `${text.slice(written, start)}***`
    written = end
  }
  return output + text.slice(written)
}
