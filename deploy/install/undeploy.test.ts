import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import process from 'node:process'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { undeploy } from './undeploy.ts'

/** In place of kubectl, which would need a cluster: notes what it is told. */
const stand = '#!/bin/sh\necho "$*" >>"$(dirname "$0")/calls"\n'

let folder = ''
const { PATH } = process.env
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'undeploy-'))
  writeFileSync(join(folder, 'kubectl'), stand)
  chmodSync(join(folder, 'kubectl'), 0o755)
  process.env['PATH'] = `${folder}${delimiter}${PATH ?? ''}`
})
afterEach(() => {
  process.env['PATH'] = PATH ?? ''
  rmSync(folder, { recursive: true })
})

test('of namespaces only its own goes, by name: others may carry the label, and all that is in them would go too', () => {
  undeploy({ kubeconfig: 'k' }, { crds: true })
  const calls = readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n')
  const onNamespaces = calls.filter((call) => /delete \S*namespaces?\b/.test(call))
  expect(onNamespaces).toEqual([expect.stringContaining('delete namespace c8s-system --ignore-not-found')])
  expect(onNamespaces[0]).not.toContain('-l ')
  expect(calls[0]).toContain('delete mutatingwebhookconfigurations,validatingwebhookconfigurations')
  expect(calls.at(-1)).toContain('delete customresourcedefinitions')
})
