import type { KubeObject } from '../../../src/lib/kubernetes.ts'

/** `a=b,c!=d,e in (x,y),f notin (z),g,!h`, as the API server reads label selectors. */
export function matchesLabels(selector: string | undefined, object: KubeObject): boolean {
  const labels = object.metadata.labels ?? {}
  return splitTerms(selector ?? '').every((term) => matchesTerm(term, labels))
}

/** `metadata.name=a,status.phase!=Failed`: any path here, while the API server knows a few for each kind. */
export function matchesFields(selector: string | undefined, object: KubeObject): boolean {
  return splitTerms(selector ?? '').every((term) => {
    const [, path = '', operator = '', value = ''] = /^([^=!]+)(!=|==?)(.*)$/.exec(term) ?? []
    const found = path
      .split('.')
      .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], object)
    const text = typeof found === 'string' ? found : found === undefined ? '' : JSON.stringify(found)
    return (text === value) === (operator !== '!=')
  })
}

function splitTerms(selector: string): string[] {
  return selector
    .split(/,(?![^(]*\))/)
    .map((term) => term.trim())
    .filter((term) => term !== '')
}

function matchesTerm(term: string, labels: Readonly<Record<string, string>>): boolean {
  const set = /^(\S+)\s+(in|notin)\s+\((.*)\)$/.exec(term)
  if (set !== null) {
    const [, key = '', operator, list = ''] = set
    const isIn = list.split(',').some((value) => value.trim() === labels[key])
    return isIn === (operator === 'in')
  }
  const [, key = '', operator = '', value = ''] = /^([^=!]+?)\s*(!=|==?)\s*(.*)$/.exec(term) ?? []
  if (operator !== '') {
    return (labels[key] === value) === (operator !== '!=')
  }
  return term.startsWith('!') ? labels[term.slice(1)] === undefined : labels[term] !== undefined
}
