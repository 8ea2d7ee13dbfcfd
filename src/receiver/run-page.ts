import { labels } from '../../crds/labels.ts'
import { toLabelValue } from '../../crds/names.ts'
import { labelPattern, namePattern } from '../../crds/patterns.ts'

const longestNamespace = 63
const longestName = 253

/**
 * What a person reads who follows the link of a commit status: how to see the run. Nothing is looked up, so the page says
 * nothing of what exists. Undefined for what cannot be a run's name.
 */
export function renderRunPage(namespace: string, name: string): string | undefined {
  const isNamespace = namespace.length <= longestNamespace && new RegExp(labelPattern).test(namespace)
  const isName = name.length <= longestName && new RegExp(namePattern).test(name)
  if (!isNamespace || !isName) return undefined
  const selector = `${labels.run}=${toLabelValue(name)}`
  return [
    `Run ${name} in namespace ${namespace}`,
    '',
    'What it came to:',
    `  kubectl get pipelineruns.c8s.dev ${name} -n ${namespace} -o yaml`,
    `  kubectl describe pipelineruns.c8s.dev ${name} -n ${namespace}`,
    '',
    'Its logs:',
    `  kubectl logs -n ${namespace} -l ${selector} --prefix --tail=-1 --max-log-requests=50`,
    '',
  ].join('\n')
}
