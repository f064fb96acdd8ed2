/** A user's mistake or a bad file: printed as one line, without a stack trace. */
export class Failure extends Error {
  /** Process exit code, from assembly/shared/status.ts. */
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}
