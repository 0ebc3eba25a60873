#!/usr/bin/env node
// The command `gradus`: finds the subcommand, reads its options and runs it. A
// failure is one message on the error output, without a stack.

import { parseArgs, type ParseArgsConfig } from 'node:util';
import { expected, GradusError } from '../errors.js';
import { bench } from './bench.js';
import { build } from './build.js';
import { CommandFailure } from './failure.js';
import { info } from './info.js';
import { manifest } from './package-folder.js';
import { table } from './table.js';

type Values = Readonly<Record<string, string | boolean | undefined>>;

interface Command {
  readonly usage: string;
  readonly purpose: string;
  readonly options: NonNullable<ParseArgsConfig['options']>;
  run(values: Values): void | Promise<void>;
}

const commands: Readonly<Record<string, Command>> = {
  info: {
    usage: 'info [--json]',
    purpose: 'what serves on this machine, and why',
    options: { json: { type: 'boolean' } },
    run: info,
  },
  build: {
    usage: 'build [--jobs N]',
    purpose: 'compile the native addon here (C++20 compiler, Python 3, make)',
    options: { jobs: { type: 'string' } },
    run: build,
  },
  bench: {
    usage: 'bench [--seconds 20] [--json]',
    purpose: 'native against TypeScript kernels on this machine',
    options: { seconds: { type: 'string' }, json: { type: 'boolean' } },
    run: bench,
  },
};

const help = `Usage: gradus <command>

${table(Object.values(commands).map(({ usage, purpose }) => [`  gradus ${usage}`, purpose]))}
  gradus --version
  gradus --help`;

async function main([name, ...args]: readonly string[]): Promise<void> {
  if (name === undefined || [name, ...args].some((word) => ['help', '--help', '-h'].includes(word))) {
    console.log(help);
  } else if (['--version', '-v'].includes(name)) {
    console.log(manifest().version);
  } else {
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (command === undefined) {
      throw expected('ERR_GRADUS_OPTION', 'the command', `one of ${Object.keys(commands).join(', ')}, help`, name);
    }
    await command.run(read(command, args));
  }
}

/** The options of a command; Node's first sentence about what is wrong with them, and what there is instead. */
function read({ usage, options }: Command, args: readonly string[]): Values {
  try {
    return parseArgs({ args: [...args], options }).values as Values;
  } catch (error) {
    const [sentence] = (error as Error).message.split('. ');
    throw new CommandFailure(`${sentence}. Usage: gradus ${usage}`, 2);
  }
}

/** A wrong option of the command itself is 2, whatever else goes wrong 1. */
function exitCode(error: unknown): number {
  if (error instanceof CommandFailure) return error.exitCode;
  return error instanceof GradusError && error.code === 'ERR_GRADUS_OPTION' ? 2 : 1;
}

// A reader that has seen enough, such as `head`, closes the pipe.
process.stdout.on('error', () => process.exit());
// The commands say themselves why there is no addon.
process.env.GRADUS_SILENT = '1';
try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(`gradus: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = exitCode(error);
}
