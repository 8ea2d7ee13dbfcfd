import { autoscaling } from './autoscaling.ts'
import { clone } from './clone.ts'
import { deadlines } from './deadlines.ts'
import { environment } from './environment.ts'
import type { Injection } from './injection.ts'
import { placement } from './placement.ts'
import { podDefaults } from './pod-defaults.ts'
import { priority } from './priority.ts'
import { resources } from './resources.ts'
import { secretEnv } from './secret-env.ts'
import { secretFiles } from './secret-files.ts'
import { securityContext } from './security-context.ts'
import { services } from './services.ts'
import { shipper } from './shipper.ts'
import { stepDriver } from './step-driver.ts'
import { tools } from './tools.ts'
import { workspace } from './workspace.ts'

/** Every injection, in the order in which they are applied. */
export const injections: readonly Injection[] = Object.freeze([
  tools,
  resources,
  stepDriver,
  workspace,
  environment,
  secretEnv,
  secretFiles,
  deadlines,
  securityContext,
  clone,
  services,
  shipper,
  placement,
  priority,
  podDefaults,
  autoscaling,
])
