import { toArguments } from '../../src/engine/job/arguments.ts'
import type { Container } from '../../src/lib/kubernetes.ts'
import { quote } from './shell-words.ts'

/**
 * The program of a container as one shell command that runs exactly it: `exec 'prog' 'an arg'`. What kubelet would have
 * expanded in it (`$(NAME)` of a variable of the container, `$$`) means the same afterwards, whatever the values hold.
 */
export function toExec({ command = [], args = [], env = [], workingDir = '', ...rest }: Container): string {
  const names = new Set(env.map(({ name }) => name))
  const hasMore = 'envFrom' in rest
  const words = [...command, ...args].map((part) => quotePart(part, (name) => hasMore || names.has(name)))
  // The driver goes to the checkout; a program that asked for another folder starts there.
  const enter = workingDir === '' ? [] : ['cd', '--', quote(workingDir), '&&']
  const [line = ''] = toArguments([[...enter, 'exec', ...words].join(' ')])
  return line
}

/** `$$`, or a reference to a variable: https://pkg.go.dev/k8s.io/kubernetes/third_party/forked/golang/expansion */
const expansions = /\$\$|\$\(([^)]*)\)/g
const shellName = /^[A-Za-z_][A-Za-z0-9_]*$/

function quotePart(part: string, isVariable: (name: string) => boolean): string {
  const pieces: string[] = []
  let end = 0
  for (const found of part.matchAll(expansions)) {
    const [whole, name] = found
    pieces.push(quote(part.slice(end, found.index)))
    pieces.push(name === undefined ? quote('$') : quoteReference(name, isVariable(name)))
    end = found.index + whole.length
  }
  pieces.push(quote(part.slice(end)))
  const word = pieces.join('')
  return word === '' ? "''" : word
}

/** Unset variables leave the reference as it stands, as kubelet does. */
function quoteReference(name: string, isVariable: boolean): string {
  return isVariable && shellName.test(name) ? `"\${${name}-\\$(${name})}"` : quote(`$(${name})`)
}
