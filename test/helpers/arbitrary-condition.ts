import * as fc from 'fast-check'
import type { Conditional } from '../../crds/parts/conditional.ts'

/** A condition that admission would let a step have which depends on `needs`, directly or not. */
export function arbitraryCondition(needs: readonly string[]): fc.Arbitrary<Conditional | undefined> {
  const outcome = fc.constantFrom(
    'Success' as const,
    'Always' as const,
    ...(needs.length > 0 ? ['Failure' as const] : []),
  )
  const reads = needs.flatMap((name) => [
    `steps.${name}.phase == "Failed"`,
    `steps.${name}.phase != "Skipped"`,
    `steps.${name}.exitCode < 100`,
    `has(steps.${name}.exitCode) || event == "push"`,
    `steps.${name}.reason == "ConditionNotMet"`,
  ])
  const fields = {
    branch: fc.constantFrom('main', 'release/*', '**'),
    tag: fc.constantFrom('v*', '**'),
    events: fc.constantFrom<NonNullable<Conditional['events']>>(['push'], ['manual', 'tag'], ['push', 'manual']),
    paths: fc.constantFrom(['src/**'], ['docs/**', '*.md']),
    ignorePaths: fc.constantFrom(['docs/**'], ['**']),
    when: fc.constantFrom('branch == "main"', 'changedFiles.exists(f, f.endsWith(".md"))', 'has(params.x)', ...reads),
  }
  const common = fc.oneof(
    fc.record({ branch: fields.branch, when: fields.when }, { requiredKeys: [] }),
    fc.record(fields, { requiredKeys: [] }),
  )
  const said = fc.oneof(fc.record({ outcome }), fc.record({ onSuccess: fc.boolean() }), fc.constant({}))
  const condition = fc.tuple(common, said).map(([some, more]) => ({ ...some, ...more }))
  return fc.option(condition, { nil: undefined, freq: 2 }) as fc.Arbitrary<Conditional | undefined>
}
