/** State of a step as the watch prints it: name=phase=reason. */
export interface StepState {
  readonly name: string
  readonly phase: string
  readonly reason: string
}

export interface RunState {
  readonly phase: string
  readonly message: string
  readonly steps: readonly StepState[]
}

/** ASCII's unit separator: kubectl turns tabs into padding. */
const separator = '\x1f'

/** What the watch prints for each change: one line. A run that is not looked at yet has no status. */
export const watchTemplate = [
  '{{with .status}}{{with .phase}}{{.}}{{end}}{{"\\x1f"}}{{with .message}}{{.}}{{end}}{{"\\x1f"}}',
  '{{range .steps}}{{.name}}={{.phase}}={{with .reason}}{{.}}{{end}};{{end}}{{end}}{{"\\n"}}',
].join('')

export function parseRunState(line: string): RunState {
  const [phase = '', message = '', steps = ''] = line.split(separator)
  const parseStep = (text: string): StepState => {
    const [name = '', stepPhase = '', reason = ''] = text.split('=')
    return { name, phase: stepPhase, reason }
  }
  return { phase, message, steps: steps.split(';').filter(Boolean).map(parseStep) }
}

/** Lines for what changed between two states, in the order of the steps. */
export function diffRunStates(before: RunState | undefined, after: RunState): readonly string[] {
  const known = new Map(before?.steps.map((step) => [step.name, step.phase]))
  const changed = after.steps.filter(({ name, phase }) => phase !== 'Pending' && known.get(name) !== phase)
  const lines = changed.map(({ name, phase, reason }) => {
    const why = phase === 'Failed' || phase === 'Skipped' ? `  ${reason}` : ''
    return `${name.padEnd(14)} ${phase}${why}`
  })
  const ended = isEnded(after) && before?.phase !== after.phase
  return ended ? [...lines, `run ${after.phase}${after.message === '' ? '' : `: ${after.message}`}`] : lines
}

export function isEnded({ phase }: RunState): boolean {
  return phase === 'Succeeded' || phase === 'Failed' || phase === 'Cancelled'
}
