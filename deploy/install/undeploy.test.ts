import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import process from 'node:process'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { undeploy } from './undeploy.ts'

/** In place of kubectl, which would need a cluster: notes what it is told, and says its version. */
const makeStand = (version: string) =>
  `#!/bin/sh\necho "$*" >>"$(dirname "$0")/calls"\ncase "$*" in *--raw*) echo '{"gitVersion":"${version}"}' ;; esac\n`

let folder = ''
const { PATH } = process.env
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'undeploy-'))
  process.env['PATH'] = `${folder}${delimiter}${PATH ?? ''}`
})
function listCalls(version: string, crds = true): readonly string[] {
  writeFileSync(join(folder, 'kubectl'), makeStand(version))
  chmodSync(join(folder, 'kubectl'), 0o755)
  undeploy({ kubeconfig: 'k' }, { crds })
  return readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n')
}
afterEach(() => {
  process.env['PATH'] = PATH ?? ''
  rmSync(folder, { recursive: true })
})

test('of namespaces only its own goes, by name: others may carry the label, and all that is in them would go too', () => {
  const calls = listCalls('v1.34.4')
  const onNamespaces = calls.filter((call) => /delete \S*namespaces?\b/.test(call))
  expect(onNamespaces).toEqual([expect.stringContaining('delete namespace c8s-system --ignore-not-found')])
  expect(onNamespaces[0]).not.toContain('-l ')
  expect(calls[0]).toContain('delete mutatingwebhookconfigurations,validatingwebhookconfigurations')
})

test.each([
  ['v1.34.4', 'customresourcedefinitions,validatingadmissionpolicybindings,validatingadmissionpolicies'],
  ['v1.29.1', 'customresourcedefinitions'],
])('last of all %s loses what serves the kinds, and then what held back the steps of runs', (version, kinds) => {
  const [ofKinds, last] = listCalls(version).slice(-2)
  expect(ofKinds).toContain(`delete ${kinds} -l app.kubernetes.io/part-of=c8s`)
  expect(last).toContain(
    'delete networkpolicies -l app.kubernetes.io/part-of=c8s --ignore-not-found --all-namespaces --field-selector metadata.name=c8s-steps',
  )
})

test('while runs stay, so does what holds back their steps', () => {
  expect(listCalls('v1.34.4', false).join('\n')).not.toContain('networkpolicies')
})
