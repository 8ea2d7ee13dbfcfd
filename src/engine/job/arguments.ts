/**
 * The arguments of the step container: the commands as the plan has them, every `$` doubled, because kubelet expands
 * `$(VAR)` and `$$` in arguments. The only place that doubles; admission compares a Job's arguments with this.
 */
export function toArguments(commands: readonly string[]): readonly string[] {
  return commands.map((command) => command.replaceAll('$', '$$$$'))
}
