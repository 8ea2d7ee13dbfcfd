import { execFileSync } from 'node:child_process'
import { descriptionVariable } from '../../src/lib/agent-options.ts'
import type { Container } from '../../src/lib/kubernetes.ts'

/** Variables that a shell makes for itself. */
const ofShell = new Set(['PWD', 'OLDPWD', 'SHLVL', '_'])

/** What assignments come to in a shell, each variable exported, as the step driver does it. */
export function readAssignments(assignments: string): Readonly<Record<string, string>> {
  const script = 'set -a; eval "$0"; set +a; exec /usr/bin/env -0'
  const output = execFileSync('/bin/sh', ['-c', script, assignments], { env: {}, encoding: 'utf8' })
  const lines = output.split('\0').filter((line) => line !== '')
  const pairs = lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const)
  return Object.fromEntries(pairs.filter(([name]) => !ofShell.has(name)))
}

/** The variables of a step as its commands see them, without what kubelet does to values. */
export function readStepEnvironment({ env = [] }: Container): Readonly<Record<string, string>> {
  const given = Object.fromEntries(env.map(({ name, value = '' }) => [name, value]))
  const { [descriptionVariable]: description = '', ...rest } = given
  return { ...rest, ...readAssignments(description.replaceAll('$$', '$')) }
}
