import { parseArgs } from 'node:util'
import { openBench } from './bench-cluster.ts'
import type { Row } from './measurement.ts'
import { measures } from './registry.ts'

/** Prints each row as soon as it is measured; with --json, one array at the end on stdout. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { json: { type: 'boolean', default: false }, only: { type: 'string', multiple: true } },
  })
  const wanted = measures.filter(({ id }) => values.only === undefined || values.only.includes(id))
  if (wanted.length === 0) throw new Error(`nothing to measure; there are ${measures.map(({ id }) => id).join(', ')}`)
  const bench = await openBench()
  const rows: Row[] = []
  for (const { id, measure } of wanted) {
    console.error(`measuring ${id} …`)
    const measured = await measure(bench)
    for (const row of measured) console.error(render(row))
    rows.push(...measured)
  }
  await bench.close()
  const missed = rows.filter(({ ok }) => !ok).map(({ id }) => id)
  console.error(missed.length === 0 ? 'every target is met' : `missed: ${missed.join(', ')}`)
  if (values.json) console.log(JSON.stringify(rows, null, 2))
}

function render({ what, value, target, unit, floor, floorUnit, ok, bound }: Row): string {
  const against = floor === 0 ? '' : `, floor ${floor.toPrecision(3)} ${floorUnit}`
  return `  ${ok ? 'ok    ' : 'MISSED'} ${what}: ${value.toPrecision(3)} ${unit} (${bound} ${target}${against})`
}

await main()
