/** Where a role tells what happens, as pino has it: the message is constant, what changes is in the fields. */
export interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}
