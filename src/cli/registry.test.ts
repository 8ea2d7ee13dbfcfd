import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { commands } from './registry.ts'

test('every file of commands/ has its line in the registry, and the other way round', () => {
  const files = readdirSync(join(import.meta.dirname, 'commands')).filter((file) => !file.endsWith('.test.ts'))
  expect(commands.map(({ name }) => `${name}.ts`).sort()).toEqual(files.sort())
})

test.each(commands)('$name is what its line says, with help of at most 80 columns', async ({ name, load }) => {
  const command = await load()
  expect(command.name).toBe(name)
  expect(command.help).toContain(`Usage: c8s ${name}`)
  expect(command.help.split('\n').filter((line) => line.length > 80)).toEqual([])
})
