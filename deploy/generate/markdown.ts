export const notice = '<!-- Made by `npm run generate`; changes by hand are lost. -->'

/** A table of Markdown, its columns as wide as their widest cell, as the formatter would have it. */
export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|').replace(/\s+/g, ' ')))
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  const render = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const [first = [], ...rest] = cells
  return [render(first), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rest.map(render)].join('\n')
}
