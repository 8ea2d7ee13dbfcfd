import type { PipelineRun } from '../../crds/kinds.ts'
import { defaultSettings, type Snapshot } from '../../src/engine/snapshot.ts'
import type { StepState } from '../../src/engine/step/step-state.ts'
import type { Instant } from '../../src/lib/clock.ts'

/** A step that nothing has been done for yet; each test changes what it is about. */
export function makeStepState(name: string, state: Partial<StepState> = {}): StepState {
  return {
    step: { name, image: 'i', commands: ['c'] },
    isFinally: false,
    phase: 'Pending',
    isRecorded: false,
    isLogIncomplete: false,
    work: [],
    unwanted: [],
    isStopped: false,
    isQuiet: true,
    ...state,
  }
}

/** A snapshot that shows the run and nothing beside it. */
export function makeSnapshot(run: PipelineRun, now: Instant): Snapshot {
  return {
    run,
    jobs: [],
    pods: [],
    refusals: [],
    podCreationFailures: [],
    mountFailures: [],
    goneSteps: new Set(),
    now,
    settings: defaultSettings,
  }
}
