import { createHash } from 'node:crypto'
import type { ForgeEvent, ParsedDelivery, RawDelivery } from '../../lib/forge-event.ts'
import { hasTooManyValues, mostValues } from '../../lib/json-size.ts'
import { malformed, NoEvent } from './fields.ts'
import { decodeForm } from './form.ts'

/** A delivery taken out of its envelope. */
export interface Opened {
  /** Id that the forge gave it. */
  readonly delivery: string
  /** As the forge names the event. */
  readonly name: string
  readonly payload: unknown
}

interface Envelope {
  /** Headers with the id of the delivery, the best first. */
  readonly idHeaders: readonly string[]
  /** Throws NoEvent. */
  readonly readName: (raw: RawDelivery, payload: unknown) => string
  /** All spellings of the one repository that the delivery is about: never that of a fork. */
  readonly listRepositories: (payload: unknown) => readonly string[]
  /** Throws NoEvent. */
  readonly readEvents: (opened: Opened) => readonly ForgeEvent[] | 'ping'
}

/** What a delivery tells, for any forge that sends JSON. */
export function parseDelivery(raw: RawDelivery, envelope: Envelope): ParsedDelivery {
  try {
    const payload = readJson(raw)
    const name = envelope.readName(raw, payload)
    return readOpened({ delivery: readDeliveryId(raw, envelope.idHeaders), name, payload }, envelope)
  } catch (error) {
    if (error instanceof NoEvent) return { kind: 'malformed', message: error.message }
    throw error
  }
}

function readOpened(opened: Opened, { listRepositories, readEvents }: Envelope): ParsedDelivery {
  const { delivery, name, payload } = opened
  const repositories = [...new Set(listRepositories(payload))]
  try {
    const events = readEvents(opened)
    if (events === 'ping') return { kind: 'ping', repositories, delivery }
    if (repositories.length === 0) throw malformed('the delivery does not say where its repository is')
    return { kind: 'event', repositories, events }
  } catch (error) {
    if (!(error instanceof NoEvent && error.kind === 'ignored')) throw error
    return { kind: 'ignored', repositories, delivery, name, message: error.message }
  }
}

/** The JSON of the body, or of its field `payload` where it is a form. Throws NoEvent for anything but an object. */
function readJson(raw: RawDelivery): unknown {
  const bytes = decodeForm(raw)
  if (bytes === undefined) throw malformed('the form has no field payload')
  if (hasTooManyValues(bytes)) throw malformed(`the body holds more than ${mostValues} values`)
  const found = tryParse(new TextDecoder().decode(bytes))
  if (typeof found !== 'object' || found === null || Array.isArray(found)) {
    throw malformed('the body is not a JSON object')
  }
  return found
}

/** The id that the forge gave. Where it gave none, the digest of the body: the same when it comes again. */
function readDeliveryId({ headers, body }: RawDelivery, names: readonly string[]): string {
  const given = names.map((name) => headers[name]).find((id) => id !== undefined && /^[!-~]{1,255}$/.test(id))
  return given ?? `sha256:${createHash('sha256').update(body).digest('hex')}`
}

/** Reads the name of the event from the first of these headers that is there. */
export function nameIn(first: string, ...others: readonly string[]): Envelope['readName'] {
  return ({ headers }) => {
    const name = [first, ...others].map((header) => headers[header]).find((value) => value !== undefined)
    if (name === undefined) throw malformed(`the header ${first} is missing`)
    if (!/^[A-Za-z0-9][A-Za-z0-9_ :.-]{0,63}$/.test(name))
      throw malformed(`the header ${first} is not the name of an event`)
    return name
  }
}

/** The events of those items that are not to be ignored. Where that is none of several, throws why the first is not. */
export function readEach(items: readonly unknown[], read: (index: number) => ForgeEvent): readonly ForgeEvent[] {
  const reasons: NoEvent[] = []
  const events = items.flatMap((_, index) => {
    try {
      return [read(index)]
    } catch (error) {
      if (!(error instanceof NoEvent && error.kind === 'ignored')) throw error
      reasons.push(error)
      return []
    }
  })
  if (events.length === 0 && reasons[0] !== undefined) throw reasons[0]
  return events
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
