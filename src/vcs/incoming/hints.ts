import type { RawDelivery } from '../../lib/forge-event.ts'
import { toCanonicalRepository } from '../../lib/repository.ts'
import { decodeForm } from './form.ts'
import { listRepositoryForms, toRepositoryPage } from './repository-forms.ts'

/** Keys whose value is the address of a repository. */
const sureKeys = ['clone_url', 'ssh_url', 'git_url', 'git_http_url', 'git_ssh_url', 'http_url', 'repository'] as const
/** Keys whose value may be that, and more often is the address of something else. */
const likelyKeys = ['html_url', 'web_url', 'homepage', 'url', 'href'] as const

/** How many addresses are looked at. Every forge names the repository among the first hundreds. */
const mostAddresses = 4096

/**
 * A member of a JSON object with one of the keys and an address as value. No text within a text can look like one: its quotes
 * have backslashes. All repetitions that could overlap have a bound, which keeps the time proportional to the body.
 */
const member = new RegExp(
  `"(${[...sureKeys, ...likelyKeys].join('|')})":[ \\t\\r\\n]{0,16}` +
    '"((?:https?:|ssh:|git:|[\\w.-]{1,32}@)(?:[^"\\\\]|\\\\.){0,1000})"',
  'g',
)

/**
 * URLs by which the body names repositories, the likelier first, without parsing it: to know whose secret should verify the
 * delivery, its repository has to be known first. Takes time in proportion to the body, whatever is in it, and never throws.
 * Nothing that it tells is to be trusted: once the signature holds, the repositories that `parse` tells have to be compared with
 * the connection again.
 */
export function findRepositoryHints(delivery: RawDelivery, limit = 64): readonly string[] {
  const sure = new Map<string, string>()
  const likely = new Map<string, string>()
  for (const { key, url } of listAddresses(decodeForm(delivery) ?? Buffer.alloc(0))) {
    const isSure = sureKeys.some((known) => known === key) || url.endsWith('.git')
    const page = isSure ? url : toRepositoryPage(url)
    if (page !== undefined) addForms(isSure ? sure : likely, page)
  }
  return [...new Set([...sure.values(), ...likely.values()])].slice(0, limit)
}

/** One spelling of each. */
function addForms(found: Map<string, string>, url: string): void {
  for (const form of listRepositoryForms(url)) {
    const name = toCanonicalRepository(form)
    if (!found.has(name)) found.set(name, form)
  }
}

interface Address {
  readonly key: string
  readonly url: string
}

function* listAddresses(bytes: Uint8Array): Generator<Address> {
  // One character a byte: faster, and URLs are ASCII.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  const seen = new Set<string>()
  let left = mostAddresses
  for (const [, key = '', value = ''] of text.matchAll(member)) {
    const url = seen.has(value) ? undefined : unescapeText(value)
    seen.add(value)
    if (url !== undefined) yield { key, url }
    if (--left === 0) return
  }
}

/** Undefined for an escape that JSON does not have. */
function unescapeText(text: string): string | undefined {
  if (!text.includes('\\')) return text
  try {
    const found: unknown = JSON.parse(`"${text}"`)
    return typeof found === 'string' ? found : undefined
  } catch {
    return undefined
  }
}
