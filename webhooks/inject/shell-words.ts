/** One word of a POSIX shell that says exactly the text; nothing where the text is empty. */
export function quote(text: string): string {
  return text === '' ? '' : `'${text.replaceAll("'", `'\\''`)}'`
}

/** What no shell takes for anything but itself, behind `NAME=` too. */
const plain = /^[\w./:@%+,-]*$/

/** One assignment a line. Whatever a value holds, it is the text of its variable and nothing else. */
export function toAssignments(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${plain.test(value) ? value : quote(value)}`)
    .join('\n')
}
