/**
 * Patterns of the three kinds, in the subset that RE2 (API server) and ECMAScript (ajv) read alike: anchored at both
 * ends, no look-around, no back reference. Supersets of the data model's, so that every example there stays valid.
 */

/** RFC 1123 label: step names. */
export const labelPattern = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$'

/** RFC 1123 subdomain: names of objects in the same namespace. */
export const namePattern = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$'

/** A repository URL: scheme, then no white space or control character, so no second line and no option can hide in it. */
export const repositoryPattern = '^(https?|git|ssh)://[^\\s\\x00-\\x1f\\x7f]+$'

/** Any Kubernetes quantity that is not negative: 0.5, 500m, 512Ki, 2Gi, 1e3. */
export const quantityPattern = '^[0-9]+(\\.[0-9]+)?([eE][0-9]+|m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi|E|Ei)?$'

/** A duration such as 30m, 90s or 1h30m. */
export const durationPattern = '^([0-9]+h)?([0-9]+m)?([0-9]+s)?$'

/** A commit, whole or shortened: SHA-1 (40) or SHA-256 (64) hex digits, at least 7. */
export const commitPattern = '^[a-f0-9]{7,64}$'

/** A branch or tag name: no leading dash, no white space, control character or git's special characters. */
export const refPattern = '^[^-\\s\\x00-\\x1f\\x7f~^:?*\\[\\\\][^\\s\\x00-\\x1f\\x7f~^:?*\\[\\\\]*$'

/** A branch or tag glob: `*` within a path part, `**` across parts. */
export const globPattern = '^[^-\\s\\x00-\\x1f\\x7f][^\\s\\x00-\\x1f\\x7f]*$'

/** A POSIX environment variable name. */
export const envNamePattern = '^[A-Za-z_][A-Za-z0-9_]*$'

/** A key of a Secret, also used as a file name. */
export const secretKeyPattern = '^[-._a-zA-Z0-9]+$'

/** An image reference: no white space, no leading dash. What it names is the registry's to judge. */
export const imagePattern = '^[^-\\s\\x00-\\x1f\\x7f][^\\s\\x00-\\x1f\\x7f]*$'
