import { podPaths } from '../../crds/labels.ts'
import type { Container } from '../../src/lib/kubernetes.ts'
import { toExec } from './argv.ts'
import type { Injection } from './injection.ts'
import { changeContainer } from './place.ts'

const driverCommand: readonly string[] = [podPaths.busybox, 'sh', podPaths.driver]

/**
 * Runs the step under c8s's driver. A run's step has its commands as arguments already; the program of a user's own Job
 * becomes the one command that the driver runs.
 */
export const stepDriver: Injection = {
  id: 'step-driver',
  version: 1,
  after: ['tools'],
  appliesTo: () => true,
  apply: (template, { jobType, stepContainer }) =>
    changeContainer(template, stepContainer, (container) => {
      if (isDriven(container)) return container
      const driven = { ...container, command: driverCommand }
      return jobType === 'step' ? driven : { ...driven, args: [toExec(container)] }
    }),
}

function isDriven({ command = [] }: Container): boolean {
  return command.length === driverCommand.length && command.every((part, index) => part === driverCommand[index])
}
