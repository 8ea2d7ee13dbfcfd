/** What a person asks for in a comment of a pull request. */
export interface Command {
  readonly kind: 'test' | 'retest' | 'cancel' | 'approve'
  /** What follows the word: the name of a pipeline, or for an approval the first digits of a commit. */
  readonly argument?: string
  /** As it was written, such as `/test unit`. */
  readonly text: string
}

/** More in one comment are not looked at. */
const mostCommands = 20

const kinds = { test: 'test', retest: 'retest', cancel: 'cancel', 'ok-to-test': 'approve' } as const

const line = /^\/(?<word>test|retest|cancel|ok-to-test)(?:[ \t]+(?<argument>\S{1,253}))?[ \t]*$/

/**
 * The commands of a comment, each once: lines that are nothing but a command. What stands in a code block is talk about
 * commands. All that is not known is left alone, as other robots read the same comments.
 */
export function parseCommands(text: string): readonly Command[] {
  const found = new Map<string, Command>()
  let fence: string | undefined
  for (const given of text.split(/\r\n|\r|\n/)) {
    const mark = /^ {0,3}(```|~~~)/.exec(given)?.[1]
    if (mark !== undefined) fence = fence === undefined ? mark : fence === mark ? undefined : fence
    const command = fence === undefined && mark === undefined ? parseLine(given) : undefined
    if (command !== undefined && found.size < mostCommands) found.set(command.text, command)
  }
  return [...found.values()]
}

function parseLine(given: string): Command | undefined {
  const { word, argument } = line.exec(given)?.groups ?? {}
  const kind = kinds[word as keyof typeof kinds] as Command['kind'] | undefined
  if (kind === undefined) return undefined
  if (argument === undefined) return { kind, text: `/${word}` }
  return kind === 'retest' ? undefined : { kind, argument, text: `/${word} ${argument}` }
}
