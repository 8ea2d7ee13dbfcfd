import type { Provider } from '../../lib/forge-event.ts'
import { toCanonicalRepository } from '../../lib/repository.ts'

/** The same for every spelling of a repository at its forge. Forges look repositories up without regard to case. */
export function toRepositoryKey(provider: Provider, url: string): string {
  const canonical = toCanonicalRepository(url)
  return `${provider} ${provider === 'generic' ? canonical : canonical.toLowerCase()}`
}
