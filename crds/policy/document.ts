import { durationField } from '../parts/duration.ts'
import { quantity, resources } from '../parts/resources.ts'
import { boolean, choice, type Infer, integer, list, map, object, optional, text } from '../schema.ts'

/** What `policy.yaml` of a policy's ConfigMap may say. Everything that is left out is as it is without a policy. */

const glob = (description: string) => text(description, { pattern: '^[^\\x00-\\x20\\x7f]+$', maxLength: 512 })
const labelKey = text('Value of the label, or a glob.', { maxLength: 63 })

const securityLevels = ['baseline', 'restricted'] as const

/** What may be stricter for commits that nobody has approved. */
const strictFields = {
  allowedImages: optional(
    list(
      'Globs of the images that steps and services may use. A glob without a tag allows all tags; * stays within one path part, ** does not.',
      glob('A glob that names the registry: docker.io/library/*, ghcr.io/acme/**.'),
      { maxItems: 500 },
    ),
  ),
  allowedRegistries: optional(
    list('Globs of the registries that images may come from.', glob('A host: ghcr.io, docker.io, *.example.com.'), {
      maxItems: 100,
    }),
  ),
  requireDigest: optional(boolean('Whether images must be named by digest (false when left out).')),
  securityLevel: optional(
    choice(
      'restricted: steps get the restricted security context and user 65532. Jobs of your own are held to the Pod Security level.',
      securityLevels,
    ),
  ),
  allowRunAsRoot: optional(boolean('Whether steps may run as user 0 (true when left out).')),
  maxResources: optional(
    object('The most that the containers of one step may have as limits, together; those of c8s are not counted.', {
      cpu: optional(quantity('CPU.')),
      memory: optional(quantity('Memory.')),
    }),
  ),
  maxSteps: optional(
    integer('How many steps a run may have, each leg of a matrix counted.', { minimum: 1, maximum: 10_000 }),
  ),
  maxTimeout: optional(
    durationField('The longest timeout of a step and of a run. Shorter defaults stay, longer ones become this.'),
  ),
} as const

const toleration = object('A toleration that may be used. A step may ask for the same or for less.', {
  key: optional(text('Key of the taint. All keys when left out, then operator must be Exists.', { maxLength: 316 })),
  operator: optional(choice('Equal when left out.', ['Equal', 'Exists'])),
  value: optional(text('Value of the taint.', { maxLength: 63 })),
  effect: optional(choice('All effects when left out.', ['NoSchedule', 'PreferNoSchedule', 'NoExecute'])),
})

const port = object('One port.', {
  port: integer('Its number.', { minimum: 1, maximum: 65535 }),
  protocol: optional(choice('TCP when left out.', ['TCP', 'UDP', 'SCTP'])),
})

const destination = object('Where to: addresses or a namespace, one of the two.', {
  cidr: optional(text('A block of addresses: 10.0.0.0/8.', { maxLength: 64 })),
  except: optional(list('Blocks within it that stay closed.', text('A block.', { maxLength: 64 }), { maxItems: 50 })),
  namespace: optional(text('All pods of that namespace.', { maxLength: 63 })),
  ports: optional(list('Only these ports. All when left out.', port, { minItems: 1, maxItems: 50 })),
})

const egress = object(
  "Where pods of steps may connect to: a NetworkPolicy of c8s in each namespace. The cluster's DNS always.",
  {
    mode: choice('none: only what allow lists. https: TCP port 443 anywhere besides.', ['none', 'https']),
    allow: optional(list('What else is open.', destination, { maxItems: 100 })),
  },
)

export const policyDocument = object('What steps and Jobs in the namespaces of a policy may do.', {
  version: choice('Version of the format.', ['v1alpha1']),
  ...strictFields,
  nodeSelector: optional(
    object('Labels of nodes.', {
      allowed: optional(
        map(
          'Label keys that steps may select by, each with its values. kubernetes.io/os and kubernetes.io/arch may always be used unless they are listed.',
          list('Values.', labelKey, { minItems: 1, maxItems: 100 }),
          100,
        ),
      ),
      required: optional(map('Added to every pod. A step may not say otherwise.', labelKey, 16)),
    }),
  ),
  tolerations: optional(list('Tolerations that may be used.', toleration, { maxItems: 100 })),
  serviceAccounts: optional(
    list('Globs of the service accounts that steps may run as.', glob('A name or a glob.'), { maxItems: 100 }),
  ),
  priorityClasses: optional(
    list('Globs of the PriorityClasses that runs may have. All when left out.', glob('A name or a glob.'), {
      maxItems: 100,
    }),
  ),
  egress: optional(egress),
  defaultResources: optional(resources),
  allowOwnJobs: optional(boolean('Whether users may create Jobs of their own for c8s (true when left out).')),
  untrusted: optional(
    object(
      'Holds besides for commits of pull requests that are not trusted, until somebody approves them.',
      strictFields,
    ),
  ),
})

export type Policy = Infer<typeof policyDocument>
export type StrictTerms = NonNullable<Policy['untrusted']>
export type Egress = NonNullable<Policy['egress']>
export type AllowedToleration = Infer<typeof toleration>
