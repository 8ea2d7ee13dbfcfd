/** Also asked by the controller, about schedules. */
export { findConnection } from '../../src/engine/connection-match.ts'
