// How a command ends when it cannot do what it was asked: one message for the
// reader and the exit code. 1 is a failure, 2 a command that was written wrongly.

export class CommandFailure extends Error {
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
