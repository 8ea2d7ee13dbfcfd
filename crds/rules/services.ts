import { parseDuration } from '../../src/lib/duration.ts'
import { type FieldError, quoteValue } from '../../src/lib/field-error.ts'
import { limits } from '../defaults.ts'
import type { Service } from '../parts/services.ts'
import { checkImage } from './image.ts'
import { findRepeated, forEachStep, measureBytes } from './rule.ts'

/** Longest time a service may take to get ready, in seconds: the pod has its place on the node all the while. */
const longestReady = 3600

/** One with a placeholder is judged when it is filled in. */
export const legalServiceImages = forEachStep(({ step: { services = [] }, at }) =>
  services.flatMap(({ image }, index) => checkImage(image, `${at}.services[${index}].image`)),
)

/** Ready is told by the port or by the command; with neither or both nobody knows what is meant. */
export const servicesReady = forEachStep(({ step: { services = [] }, at }) =>
  services.flatMap(({ ready }, index): FieldError[] => {
    if (ready === undefined) return []
    const path = `${at}.services[${index}].ready`
    const ways = [ready.port, ready.command].filter((way) => way !== undefined).length
    const message = `has ${ways === 0 ? 'neither port nor' : 'both port and'} command`
    const hint = ways === 0 ? 'give one of them, or leave ready out: started is then ready' : 'give one of them'
    return [
      ...(ways === 1 ? [] : [{ path, code: 'Invalid' as const, message, hint }]),
      ...checkTimeout(ready.timeout, `${path}.timeout`),
    ]
  }),
)

function checkTimeout(timeout: string | undefined, path: string): FieldError[] {
  const seconds = timeout === undefined ? undefined : parseDuration(timeout)
  if (timeout === undefined || seconds === undefined) return []
  if (seconds === 0) return [{ path, code: 'Invalid', message: 'must be longer than 0s' }]
  if (seconds <= longestReady) return []
  return [{ path, code: 'TooLarge', message: `${quoteValue(timeout)} is longer than the 1h that are allowed` }]
}

/** Containers of a pod share their ports: the second service could not open it, and would seem ready by the first. */
export const servicePortsUnique = forEachStep(({ step: { services = [] }, at }) => {
  const ports = services.flatMap(({ name: of, ready }, index) =>
    ready?.port === undefined ? [] : [{ name: `${ready.port}`, of, at: `${at}.services[${index}].ready.port` }],
  )
  return findRepeated(ports).map(({ item, first }): FieldError => {
    const message = `${item.name} is the port of service ${quoteValue(first.of)} already; containers of a pod share their ports`
    return { path: item.at, code: 'Duplicate', message }
  })
})

/** What Linux passes on to a process, as for steps. */
export const servicesFit = forEachStep(({ step: { services = [] }, at }) =>
  services.flatMap((service, index) => checkSizes(service, `${at}.services[${index}]`)),
)

function checkSizes({ command = [], args = [], env = [] }: Service, at: string): FieldError[] {
  const words = measureAll([...command, ...args])
  const sizes = env.map(({ name, value }) => measureBytes(`${name}=${value}`) + 1)
  const variables = sizes.reduce((sum, bytes) => sum + bytes, 0)
  return [
    ...checkLimit(words, limits.commandBytes, `${at}.args`),
    ...checkLimit(variables, limits.environmentBytes, `${at}.env`),
    ...sizes.flatMap((bytes, index) => checkLimit(bytes, limits.variableBytes, `${at}.env[${index}].value`)),
  ]
}

function measureAll(words: readonly string[]): number {
  return words.reduce((sum, word) => sum + measureBytes(word) + 1, 0)
}

function checkLimit(bytes: number, limit: number, path: string): FieldError[] {
  if (bytes <= limit) return []
  return [{ path, code: 'TooLarge', message: `takes ${bytes} bytes, at most ${limit} can be passed on` }]
}

/** No process can be given a NUL character. */
export const servicesWithoutNul = forEachStep(({ step: { services = [] }, at }) =>
  services.flatMap((service, index) =>
    listTexts(service)
      .filter(({ text }) => text.includes('\0'))
      .map(({ path }): FieldError => {
        const message = 'holds a NUL character, which no process can be given'
        return { path: `${at}.services[${index}].${path}`, code: 'Invalid', message }
      }),
  ),
)

function listTexts({ command = [], args = [], env = [], ready }: Service) {
  return [
    ...command.map((text, index) => ({ text, path: `command[${index}]` })),
    ...args.map((text, index) => ({ text, path: `args[${index}]` })),
    ...env.map(({ value }, index) => ({ text: value, path: `env[${index}].value` })),
    ...(ready?.command ?? []).map((text, index) => ({ text, path: `ready.command[${index}]` })),
  ]
}
