/**
 * Patterns of the three kinds, in the subset that RE2 (API server) and ECMAScript (ajv) read alike: anchored at both
 * ends, no look-around, no back reference, and no `\s`, which means other characters in the two. Supersets of the data
 * model's, so that every example there stays valid.
 */

/** RFC 1123 label: step names. */
export const labelPattern = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$'

/** RFC 1123 subdomain: names of objects in the same namespace. */
export const namePattern = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$'

/**
 * A repository URL: scheme, then neither a dash nor white space nor a control character, so that no second line and no
 * option can hide in it. What else is wrong with a URL the rule of rules/repository.ts says, without printing it.
 */
export const repositoryPattern = '^(https?|git|ssh)://[^-/\\x00-\\x20\\x7f\\\\][^\\x00-\\x20\\x7f\\\\]*$'

/** Any Kubernetes quantity that is not negative: 0.5, 500m, 512Ki, 2Gi, 1e3. */
export const quantityPattern = '^\\+?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][-+]?[0-9]+|[numkMGTPE]|[KMGTPE]i)?$'

/** A duration such as 30m, 90s or 1h30m. */
export const durationPattern = '^([0-9]+h)?([0-9]+m)?([0-9]+s)?$'

/** A commit, whole or shortened: SHA-1 (40) or SHA-256 (64) hex digits, at least 7. */
export const commitPattern = '^[a-f0-9]{7,64}$'

/** A branch or tag name: no leading dash, no white space, control character or git's special characters. */
export const refPattern = '^[^-/\\x00-\\x20\\x7f~^:?*\\[\\\\][^\\x00-\\x20\\x7f~^:?*\\[\\\\]*$'

/** A glob over branches or paths: `*` within a path part, `**` across parts. */
export const globPattern = '^[^-\\x00-\\x20\\x7f][^\\x00-\\x20\\x7f]*$'

/** A POSIX environment variable name. */
export const envNamePattern = '^[A-Za-z_][A-Za-z0-9_]*$'

/** A key of a Secret, also used as a file name: as Kubernetes, neither `.` nor anything that starts with `..`. */
export const secretKeyPattern = '^([-_a-zA-Z0-9]|\\.[-_a-zA-Z0-9])[-._a-zA-Z0-9]*$'

/** An image reference, or a placeholder for its beginning: no white space, no leading dash. rules/image.ts looks closer. */
export const imagePattern = '^([A-Za-z0-9]|\\$\\((params|matrix)\\.)[^\\x00-\\x20\\x7f]*$'

/** What a pattern stands for, as it follows "is not". */
export const patternWords: Readonly<Record<string, string>> = {
  [labelPattern]: 'a name of lower-case letters, digits and dashes that starts and ends with a letter or digit',
  [namePattern]:
    'the name of an object: lower-case letters, digits, dashes and dots that starts and ends with a letter or digit',
  [repositoryPattern]: 'a repository URL such as https://host/owner/name or ssh://git@host/owner/name',
  [quantityPattern]: 'a quantity such as 500m, 2, 512Mi or 1.5Gi',
  [durationPattern]: 'a duration such as 90s or 1h30m',
  [commitPattern]: 'a commit: 7 to 64 lower-case hex digits',
  [refPattern]: 'the name of a branch or tag such as main or feature/login',
  [globPattern]: 'a glob such as main, feature/* or release-**',
  [envNamePattern]: 'the name of a variable: letters, digits and underscores that do not start with a digit',
  [secretKeyPattern]: 'a key of a Secret: letters, digits, dashes, underscores and dots',
  [imagePattern]: 'an image such as golang:1.21 or registry.example.com/team/app@sha256:…',
}
