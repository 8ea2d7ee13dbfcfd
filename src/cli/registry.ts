import type { Command } from './command.ts'

export interface CommandEntry {
  readonly name: string
  /** Commands are loaded when they are called, so that each starts fast. */
  load(): Promise<Command>
}

export const commands: readonly CommandEntry[] = Object.freeze([
  { name: 'validate', load: async () => (await import('./commands/validate.ts')).validate },
  { name: 'doctor', load: async () => (await import('./commands/doctor.ts')).doctor },
  { name: 'mask', load: async () => (await import('./commands/mask.ts')).mask },
])
