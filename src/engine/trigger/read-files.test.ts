import { describe, expect, it } from 'vitest'
import { createValidators } from '../../../crds/validate.ts'
import { isBroken } from './candidate.ts'
import { fileLimits, type RepositoryText, readPipelineFiles } from './read-files.ts'

const validators = createValidators()
const repository = 'https://git.test/team/app'
const read = (...files: readonly RepositoryText[]) => readPipelineFiles(files, { validators, repository })
const file = (path: string, text: string): RepositoryText => ({ path, text })
const steps = 'steps:\n  - name: test\n    image: busybox:1.37\n    commands: [echo]\n'
const good = (name: string) => `version: v1alpha1\nname: ${name}\n${steps}`

/** What is wrong with the only pipeline. */
function rejectionOf(...files: readonly RepositoryText[]) {
  const [candidate, ...others] = read(...files)
  expect(others).toEqual([])
  if (candidate === undefined || !isBroken(candidate)) throw new Error('it is not broken')
  return { name: candidate.name, ...candidate.rejection }
}

describe('a good file', () => {
  it('is a pipeline of the repository it lies in', () => {
    const [candidate] = read(file('.c8s.yaml', `# ours\n${good('ci')}`))
    expect(candidate).toMatchObject({
      name: 'ci',
      file: '.c8s.yaml',
      spec: { repository, steps: [{ name: 'test', image: 'busybox:1.37', commands: ['echo'] }] },
    })
    expect(candidate).not.toHaveProperty('spec.version')
    expect(candidate !== undefined && 'lineOf' in candidate && candidate.lineOf?.('steps[0].image')).toBe(6)
  })

  it('is stored without its empty fields', () => {
    const [candidate] = read(file('.c8s.yaml', `${good('ci')}timeout:\n`))
    expect(candidate).not.toHaveProperty('spec.timeout')
  })

  it('stands beside others, in the order of their paths', () => {
    const files = [file('.c8s/z.yaml', good('a')), file('.c8s.yaml', good('b')), file('.c8s/a.yaml', good('c'))]
    expect(read(...files).map(({ name }) => name)).toEqual(['b', 'c', 'a'])
  })
})

describe('a file that is wrong', () => {
  it.each<readonly [string, string, string, number]>([
    ['no YAML', 'name: [', 'ConfigInvalid', 1],
    ['a field twice', `${good('ci')}name: x\n`, 'ConfigInvalid', 7],
    ['an anchor bomb', `a: &a x\nb: ${'[*a'.repeat(60)}`, 'ConfigInvalid', 2],
    ['__proto__', `${good('ci')}__proto__: {}\n`, 'ConfigInvalid', 7],
    ['nothing', '# nothing\n', 'ConfigInvalid', 1],
    ['a list', '- a\n', 'ConfigInvalid', 1],
    ['a text', 'hello', 'ConfigInvalid', 1],
    ['two documents', `${good('ci')}---\n${good('two')}`, 'ConfigInvalid', 8],
    ['an unknown field', `${good('ci')}stepz: []\n`, 'ConfigInvalid', 7],
    ['no version', `name: ci\n${steps}`, 'ConfigInvalid', 1],
    ['a cycle', `${good('ci')}    dependsOn: [test]\n`, 'ConfigInvalid', 7],
    ['a matrix without values', `${good('ci')}matrix:\n  dimensions: {a: []}\n`, 'ConfigInvalid', 8],
    ['a param without a default', `${good('ci')}params:\n  - name: version\n`, 'ConfigInvalid', 8],
    ['more than a mebibyte', `# ${'x'.repeat(1024 * 1024)}\n`, 'ConfigTooLarge', 0],
  ])('%s', (...[, text, reason, line]) => {
    const rejection = rejectionOf(file('.c8s.yaml', text))
    expect(rejection).toMatchObject({ reason, file: '.c8s.yaml' })
    expect(rejection.line ?? 0).toBe(line)
    expect(rejection.message).toMatch(/^\S[^\n]*$/)
  })

  it('tells the first error as the webhook would, and how many more there are', () => {
    const text = 'version: v1alpha1\nname: ci\nsteps:\n  - name: Test\n    image: busybox\n'
    const { message, line } = rejectionOf(file('.c8s.yaml', text))
    expect(message).toMatch(/^steps\[0\]\.\w+: \w+: .* \(and \d+ more\)$/)
    expect(line).toBe(4)
  })

  it.each([
    ['.c8s.yaml', `name: ci\n${steps}`, 'ci'],
    ['.c8s.yaml', 'name: [', 'c8s'],
    ['.c8s/unit.yaml', 'name: [', 'unit'],
    ['.c8s/Unit Tests.yaml', 'name: 7', 'unit-tests'],
    ['.c8s/unit.yaml', `name: Not Legal\n${steps}`, 'unit'],
    ['.c8s/unit.yaml', `name: ${'x'.repeat(300)}\n${steps}`, 'unit'],
    ['.c8s/дом.yaml', 'x', 'c8s'],
    [`.c8s/${'x'.repeat(3000)}.yaml`, 'x', 'x'.repeat(253)],
  ])('%s is called after what it says, or else after itself', (path, text, name) => {
    expect(rejectionOf(file(path, text)).name).toBe(name)
  })

  it('stops no other', () => {
    const names = read(file('.c8s/a.yaml', 'name: ['), file('.c8s/b.yaml', good('b'))).map((candidate) => {
      return [candidate.name, isBroken(candidate)]
    })
    expect(names).toEqual([
      ['b', false],
      ['a', true],
    ])
  })

  it('takes no name that another has', () => {
    const names = read(
      file('.c8s/a.yaml', good('b')),
      file('.c8s/b.yaml', 'x'),
      file('.c8s/c/b.yaml', 'x'),
      file('.c8s.yaml', 'x'),
      file('.c8s/c8s.yaml', 'x'),
    )
    expect(new Set(names.map(({ name }) => name)).size).toBe(5)
  })
})

describe('several files', () => {
  it('of one name are broken together', () => {
    const rejection = rejectionOf(file('.c8s/a.yaml', good('ci')), file('.c8s/b.yaml', good('ci')))
    expect(rejection).toEqual({
      name: 'ci',
      reason: 'DuplicateName',
      message: '.c8s/a.yaml and .c8s/b.yaml have the same name ci: give each its own',
      file: '.c8s/b.yaml',
      line: 2,
    })
  })

  it('of one name are broken together, though one is wrong anyhow', () => {
    expect(rejectionOf(file('a.yaml', good('ci')), file('b.yaml', `name: ci\n${steps}`)).reason).toBe('DuplicateName')
  })

  it('are not read where there are too many', () => {
    const many = Array.from({ length: fileLimits.files + 1 }, (_, index) =>
      file(`.c8s/${index}.yaml`, good(`p${index}`)),
    )
    expect(rejectionOf(...many).reason).toBe('TooManyConfigs')
    expect(read(...many.slice(1)).filter(isBroken)).toEqual([])
  })

  it('are not read where they are too large together', () => {
    const large = Array.from({ length: 5 }, (_, index) =>
      file(`.c8s/${index}.yaml`, `# ${'x'.repeat(600_000)}\n${good(`p${index}`)}`),
    )
    const start = performance.now()
    const candidates = read(...large)
    expect(candidates.filter(isBroken).map(({ name, rejection }) => [name, rejection.reason])).toEqual([
      ['3', 'ConfigTooLarge'],
      ['4', 'ConfigTooLarge'],
    ])
    expect(performance.now() - start).toBeLessThan(3000)
  })

  it('are none where there are none', () => {
    expect(read()).toEqual([])
  })
})
