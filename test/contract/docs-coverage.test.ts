import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { certificatePermissions } from '../../certs/permissions.ts'
import { kindDefinitions } from '../../crds/definitions.ts'
import { annotations, c8sUser, labels, podNames, podPaths } from '../../crds/labels.ts'
import { runPhases, stepPhases } from '../../crds/pipeline-run.ts'
import { exitCodes } from '../../src/cli/exit-codes.ts'
import { controllerPermissions } from '../../src/controller/permissions.ts'
import { foldConfigStatus } from '../../src/engine/config-status.ts'
import { foldConnectionStatus } from '../../src/engine/connection-status.ts'
import { diffStatus } from '../../src/engine/events.ts'
import { measureStep } from '../../src/engine/queue/demand.ts'
import { shipperResources, toCloneResources } from '../../src/engine/queue/overhead.ts'
import { infrastructureReasons, runReasons, stepReasons } from '../../src/engine/reasons.ts'
import { errorCodes } from '../../src/lib/error-codes.ts'
import { renderError } from '../../src/lib/field-error.ts'
import type { ResourceQuota } from '../../src/lib/kubernetes.ts'
import { formatQuantity } from '../../src/lib/quantity.ts'
import { admissionPermissions } from '../../webhooks/permissions.ts'
import { validateQuota } from '../../webhooks/validate/quota.ts'
import { judgeGrant } from '../../webhooks/validate/usable-by.ts'
import {
  type DocPage,
  listAnchors,
  listLinks,
  parseExamples,
  readDocPage,
  readDocPages,
  readTable,
} from '../helpers/doc-pages.ts'
import { readStepEnvironment } from '../helpers/step-environment.ts'
import { aStepPod } from '../helpers/step-pod.ts'

const root = join(import.meta.dirname, '../..')
const surface = readDocPage('docs/public-surface.md')
const runs = readDocPage('docs/runs.md')
const firstCells = (page: DocPage, ...headings: readonly string[]) =>
  readTable(page, headings).map(([first = '']) => first)
/** Everything in backticks, lists of names taken apart. */
const namesIn = ({ text }: DocPage) => [...text.matchAll(/`([^`\n]+)`/g)].map(([, name = '']) => name)

describe('links', () => {
  const pages = readDocPages()
  const links = pages.flatMap((page) => listLinks(page).map((link) => ({ page, ...link })))

  test('there are some', () => expect(links.length).toBeGreaterThan(50))

  test('lead to files that exist', () => {
    const broken = links.filter(({ page, file }) => !existsSync(join(root, dirname(page.path), file)))
    expect(broken.map(({ page, file }) => `${page.path} → ${file}`)).toEqual([])
  })

  test('the files that commands apply exist', () => {
    const named = pages.flatMap(({ text }) => [...text.matchAll(/\bdeploy\/[\w-]+\.yaml/g)].map(([path]) => path))
    expect(named.length).toBeGreaterThan(3)
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })

  test('lead to headings that exist', () => {
    const broken = links.filter(({ page, file, heading }) => {
      const path = file === '' ? page.path : join(dirname(page.path), file)
      if (heading === '' || !existsSync(join(root, path)) || statSync(join(root, path)).isDirectory()) return false
      return !listAnchors(readDocPage(path)).includes(heading)
    })
    expect(broken.map(({ page, file, heading }) => `${page.path} → ${file}#${heading}`)).toEqual([])
  })

  test('the index names every page', () => {
    const listed = new Set(listLinks(readDocPage('docs/README.md')).map(({ file }) => `docs/${file}`))
    const own = pages.map(({ path }) => path).filter((path) => /^docs\/[a-z-]+\.md$/.test(path))
    expect(own.filter((path) => !listed.has(path))).toEqual([])
  })
})

describe('docs/public-surface.md', () => {
  test('lists every label, and no other', () => {
    expect(firstCells(surface, 'key', 'on', 'value').toSorted()).toEqual(Object.values(labels).toSorted())
  })

  test('lists every annotation, and no other', () => {
    const page = { ...surface, text: surface.text.slice(surface.text.indexOf('## Annotations')) }
    expect(firstCells(page, 'key', 'on', 'value').toSorted()).toEqual(Object.values(annotations).toSorted())
  })

  test('lists the names, short names and plurals of the kinds', () => {
    const rows = kindDefinitions.map(({ kind, plural, shortNames }) => [
      kind,
      plural,
      shortNames.map((name) => `\`${name}\``).join(', '),
    ])
    const shown = readTable(surface, ['kind', 'plural', 'short names'])
    expect(shown.map(([kind, plural, names = '']) => [kind, plural, names])).toEqual(rows)
  })

  test.each([...Object.values(podNames), ...Object.values(podPaths), String(c8sUser)])('names %s', (name) => {
    expect(surface.text).toContain(name)
  })
})

describe('the environment of a step', () => {
  const step = aStepPod().containers.find(({ name }) => name === podNames.stepContainer)
  const given = Object.keys(step === undefined ? {} : readStepEnvironment(step))
  const wanted = given.filter((name) => !/^C8S_(TIMEOUT|GRACE)_SECONDS$/.test(name))

  test('is what the webhook injects', () => expect(wanted.length).toBeGreaterThan(10))

  test.each([surface, readDocPage('docs/steps.md')])('is listed in $path, and nothing else is', (page) => {
    const named = namesIn(page).filter((name) => /^(CI|TAG|BRANCH|COMMIT_SHA|C8S(_[A-Z_]*[A-Z])?)$/.test(name))
    expect([...new Set(named)].toSorted()).toEqual(wanted.toSorted())
  })
})

describe('docs/runs.md', () => {
  test('lists the reasons of a step as the code has them', () => {
    const rows = Object.entries(stepReasons).map(([reason, meaning]) => {
      return [reason, meaning, infrastructureReasons.has(reason) ? 'yes' : '']
    })
    expect(readTable(runs, ['reason', 'meaning', 'not its fault'])).toEqual(rows)
  })

  test('lists the reasons of a run as the code has them', () => {
    expect(readTable(runs, ['reason', 'meaning'])).toEqual(Object.entries(runReasons))
  })

  test('lists the phases', () => {
    expect(firstCells(runs, 'phase of a run', 'meaning')).toEqual([...runPhases])
    expect(stepPhases.filter((phase) => !runs.text.includes(phase))).toEqual([])
  })

  test('lists every event, and no other', () => {
    const rows = firstCells(runs, 'event', 'when').flatMap((cell) => cell.replaceAll('`', '').split(', '))
    expect(rows.toSorted()).toEqual([...new Set(listEvents())].toSorted())
  })
})

/** The reasons of all events that a change of a run's status can give. */
function listEvents(): readonly string[] {
  const steps = stepPhases.flatMap((phase) =>
    [undefined, ...Object.keys(stepReasons)].map((reason) => ({
      name: 'a',
      phase,
      message: 'why',
      ...(reason === undefined ? {} : { reason }),
    })),
  )
  const before = { steps: [{ name: 'a', phase: 'Pending' as const }] }
  return [
    ...steps.flatMap((step) => diffStatus(before, { steps: [step] })),
    ...runPhases.flatMap((phase) => diffStatus({}, { phase })),
    ...Object.keys(runReasons).flatMap((reason) => diffStatus({}, { phase: 'Pending', reason })),
  ].map(({ reason }) => reason)
}

test('docs/runs.md names the reasons of configs and connections', () => {
  const config = { metadata: {}, spec: { repository: '', steps: [] } }
  const connection = { metadata: {}, spec: { repository: '', provider: 'generic' as const } }
  const said = [
    ...[[], ['a']].map((missingSecrets) => foldConfigStatus({ config, runs: [], missingSecrets, now: 0 })),
    foldConnectionStatus({ connection, missingSecrets: [], hasConfig: false, now: 0 }),
  ].flatMap(({ conditions = [] }) => conditions.map(({ reason }) => reason))
  const named = new Set<string | undefined>(namesIn(runs))
  expect(said.length).toBeGreaterThan(6)
  expect(said.filter((reason) => !named.has(reason))).toEqual([])
})

test('docs/errors.md explains every code', () => {
  const named = new Set(namesIn(readDocPage('docs/errors.md')))
  expect(Object.keys(errorCodes).filter((code) => !named.has(code))).toEqual([])
})

test('docs/secrets.md says of annotations what the code says', () => {
  const headings = ['annotation', 'config a, main', 'config a, dev', 'config b, main']
  const judged = firstCells(readDocPage('docs/secrets.md'), ...headings).map((annotation) => {
    const askers = headings.slice(1).map((heading) => heading.replace('config ', '').split(', '))
    const answers = askers.map(([config = '', branch = '']) => judgeGrant(annotation, { config, branch }).granted)
    return [annotation, ...answers.map((granted) => (granted ? 'yes' : 'no'))]
  })
  expect(readTable(readDocPage('docs/secrets.md'), headings)).toEqual(judged)
  expect(judged.length).toBeGreaterThan(5)
})

test('docs/quotas.md says what c8s adds to a step', () => {
  const { text } = readDocPage('docs/quotas.md')
  const amounts = [shipperResources, toCloneResources(undefined)].flatMap(({ requests = {}, limits = {} }) => {
    return [requests, limits].map((list) => `${list['cpu']} CPU, ${list['memory']}`)
  })
  for (const amount of amounts) expect(text).toContain(amount)
})

test('docs/cli.md lists every exit code', () => {
  expect(firstCells(readDocPage('docs/cli.md'), 'code', 'meaning')).toEqual(Object.values(exitCodes).map(String))
})

test('docs/quotas.md computes and refuses as the code does', () => {
  const page = readDocPage('docs/quotas.md')
  const text = page.text.replace(/\s+/g, ' ')
  const sum = measureStep({ resources: {}, clones: true })
  const told = (name: string) => formatQuantity(sum.get(name) ?? 0n, name.endsWith('memory') ? 'binary' : 'decimal')
  expect(text).toContain(`counts ${told('requests.cpu')} and ${told('requests.memory')} of requests`)
  expect(text).toContain(`${told('limits.cpu')} CPU and ${told('limits.memory')} of limits`)
  const quotas = parseExamples(page).flatMap(({ documents }) => documents) as ResourceQuota[]
  const step = { path: 'spec.steps[0]', name: 'test', clones: true, secrets: [], resources: { memory: '8Gi' } }
  const errors = validateQuota([step], quotas)
  expect(errors).toHaveLength(1)
  expect(text).toContain(errors.map(renderError).join(' '))
})

test('no account may do what docs/install.md says none may', () => {
  const permissions = [...admissionPermissions, ...certificatePermissions, ...controllerPermissions]
  const words = permissions.flatMap(({ apiGroups, resources, verbs }) => [...apiGroups, ...resources, ...verbs])
  expect(words).toContain('jobs')
  expect(words.filter((word) => /\*|impersonate|bind|escalate|pods\/(log|exec|attach)/.test(word))).toEqual([])
})
