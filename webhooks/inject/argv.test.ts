import { execFileSync } from 'node:child_process'
import { array, assert, constantFrom, property, string } from 'fast-check'
import { expect, test } from 'vitest'
import { toExec } from './argv.ts'

/** What kubelet does to an argument: https://pkg.go.dev/k8s.io/kubernetes/third_party/forked/golang/expansion */
function expand(text: string, env: ReadonlyMap<string, string>): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (whole, name?: string) => {
    if (name === undefined) return '$'
    return env.get(name) ?? whole
  })
}

/** Runs the line in a real shell; the program prints its arguments, each closed by a NUL. */
function runLine(line: string, env: ReadonlyMap<string, string>): readonly string[] {
  const output = execFileSync('/bin/sh', ['-c', expand(line, env)], {
    env: { PATH: '/usr/bin:/bin', ...Object.fromEntries(env) },
  })
  return output.toString().split('\0').slice(0, -1)
}

const printer = ['/bin/sh', '-c', 'printf "%s\\0" "$@"', 'x']
const env = new Map([
  ['WHO', `it's "me"; $(id) \`id\` \\`],
  ['EMPTY', ''],
])
const variables = [...env].map(([name, value]) => ({ name, value }))

test.each([
  ['spaces and quotes', [`a b`, `it's`, '"x"', '']],
  ['shell characters', ['; rm -rf /', '$(id)', '`id`', '*', '~', '&&', '\\', 'a\nb', '#', '!']],
  ['a variable', ['--who=$(WHO)', '$(EMPTY)', '$(WHO)$(WHO)']],
  ['what is no variable', ['$(NONE)', '$(PATH)', '$(', '$()', '$', '$HOME', '${WHO}']],
  ['doubled dollars', ['$$', '$$(WHO)', '$$$(WHO)', '$$$$(WHO)']],
])('the program gets exactly what kubelet would have given it: %s', (...[, args]) => {
  const line = toExec({ name: 'a', command: printer.map((part) => part.replaceAll('$', '$$$$')), args, env: variables })
  expect(runLine(line, env)).toEqual(args.map((arg) => expand(arg, env)))
})

test('any arguments', () => {
  const piece = constantFrom('$', '$$', '$(WHO)', '$(EMPTY)', '$(NONE)', '(', ')', "'", '"', '\\', ' ', '\n', '`', 'a')
  const argument = array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''))
  assert(
    property(array(argument, { minLength: 1, maxLength: 4 }), (args) => {
      const line = toExec({
        name: 'a',
        command: printer.map((part) => part.replaceAll('$', '$$$$')),
        args,
        env: variables,
      })
      expect(runLine(line, env)).toEqual(args.map((arg) => expand(arg, env)))
    }),
    { numRuns: 60 },
  )
})

test('any text', () => {
  const text = string({ maxLength: 12, unit: 'binary' }).filter((one) => !/[\0\ud800-\udfff]/.test(one))
  assert(
    property(array(text, { minLength: 1, maxLength: 3 }), (args) => {
      const line = toExec({
        name: 'a',
        command: printer.map((part) => part.replaceAll('$', '$$$$')),
        args,
        env: variables,
      })
      expect(runLine(line, env)).toEqual(args.map((arg) => expand(arg, env)))
    }),
    { numRuns: 60 },
  )
})

test('the program starts in the folder it asked for', () => {
  const line = toExec({ name: 'a', command: ['/bin/pwd'], workingDir: '/usr' })
  expect(execFileSync('/bin/sh', ['-c', line], { cwd: '/' }).toString()).toBe('/usr\n')
})
