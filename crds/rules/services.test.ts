import { expect, it } from 'vitest'
import type { Service } from '../parts/services.ts'
import { pipelineRules } from '../pipeline-config.rules.ts'
import { fillService, resolveServiceResources } from '../service-defaults.ts'

const db = (more: Partial<Service> = {}): Service => ({ name: 'db', image: 'postgres:17', ...more })
const judge = (...services: Service[]) => {
  const steps = [{ name: 'test', image: 'node:24', commands: ['npm test'], services }]
  const spec = { repository: 'https://git.example/app', steps }
  return pipelineRules.flatMap((rule) => rule(spec, 'spec')).map(({ path, code }) => `${code} ${path}`)
}
const at = (rest: string) => `spec.steps[0].services[0].${rest}`

it.each<[string, readonly Service[], readonly string[]]>([
  ['a plain one', [db()], []],
  ['one that is ready by its port', [db({ ready: { port: 5432, timeout: '5m' } })], []],
  ['one that is ready by a command', [db({ ready: { command: ['pg_isready'] } })], []],
  ['neither port nor command', [db({ ready: { timeout: '1m' } })], [`Invalid ${at('ready')}`]],
  ['both', [db({ ready: { port: 1, command: ['a'] } })], [`Invalid ${at('ready')}`]],
  ['no time', [db({ ready: { port: 1, timeout: '0s' } })], [`Invalid ${at('ready.timeout')}`]],
  ['too much time', [db({ ready: { port: 1, timeout: '2h' } })], [`TooLarge ${at('ready.timeout')}`]],
  [
    'two on one port',
    [db({ ready: { port: 1 } }), db({ name: 'other', ready: { port: 1 } })],
    ['Duplicate spec.steps[0].services[1].ready.port'],
  ],
  ['what is no image', [db({ image: 'Postgres' })], [`Invalid ${at('image')}`]],
  [
    'a limit below the request',
    [db({ resources: { cpu: '2', cpuLimit: '1' } })],
    [`Invalid ${at('resources.cpuLimit')}`],
  ],
  ['a small limit alone', [db({ resources: { cpuLimit: '50m', memoryLimit: '64Mi' } })], []],
  ['no memory', [db({ resources: { memory: '0' } })], [`Invalid ${at('resources.memory')}`]],
  ['too many words', [db({ args: Array.from({ length: 4 }, () => 'x'.repeat(32_768)) })], [`TooLarge ${at('args')}`]],
  ['a NUL character', [db({ args: ['a\0b'] })], [`Invalid ${at('args[0]')}`]],
  [
    'a NUL character in a value',
    [db({ env: [{ name: 'A', value: '\0' }], ready: { command: ['\0'] } })],
    [`Invalid ${at('env[0].value')}`, `Invalid ${at('ready.command[0]')}`],
  ],
])('%s', (_, services, want) => {
  expect(judge(...services)).toEqual(want)
})

it('has small requests and limits above them', () => {
  expect(resolveServiceResources({})).toEqual({
    requests: { cpu: '100m', memory: '256Mi' },
    limits: { cpu: '1', memory: '512Mi' },
  })
  expect(resolveServiceResources({ resources: { cpu: '2', memoryLimit: '128Mi' } })).toEqual({
    requests: { cpu: '2', memory: '128Mi' },
    limits: { cpu: '2', memory: '128Mi' },
  })
})

it('is the same when it is filled twice', () => {
  for (const service of [db(), db({ ready: { port: 1 }, resources: { cpu: '50m' } })]) {
    const once = fillService(service)
    expect(fillService(once)).toEqual(once)
    expect(resolveServiceResources(once)).toEqual(resolveServiceResources(service))
  }
})
