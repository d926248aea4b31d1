/** What lint says about code that a command starts in a container. */
import type { Template } from '../../domain/object-reference.ts';
import { textOf } from '../kubectl/flags.ts';
import { commandsIn, readScript } from '../shell/shell.ts';
import { type Finding, finding } from './finding.ts';

type Place = { readonly path: string; readonly line: number; readonly endLine: number };

/** An interpreter, and the flag behind which its code stands. */
const interpreters: readonly (readonly [RegExp, string])[] = [
  [/^python[\d.]*$/, '-c'],
  [/^node$/, '-e'],
  [/^ruby$/, '-e'],
  [/^perl$/, '-e'],
  [/^php$/, '-r'],
];

/** Calls that are about the process that makes them: its memory, its share of a device, its own connection. */
const ownState =
  /\b(?:tracemalloc|empty_cache|ipc_collect|(?:max_)?memory_(?:allocated|reserved|cached|summary|stats|usage)|gc\.(?:collect|get_\w+|stat|start)|getrusage|memory_info|memoryUsage|global\.gc|GC\.(?:start|stat)|ray\.(?:is_initialized|available_resources|cluster_resources))\b/;

/** A script is passed over: it may well ask the running server. */
export function lintCode(place: Place, argv: readonly Template[]): Finding[] {
  const [program, flag, code] = argv;
  if (typeof program !== 'string' || typeof code !== 'string') return [];
  if (/^(?:ba|da|a)?sh$/.test(program) && /^-l?c$/.test(textOf(flag ?? ''))) {
    return readScript(code)
      .units.flatMap(({ shape }) => commandsIn(shape))
      .flatMap(({ words }) => lintCode(place, words ?? []));
  }
  if (!interpreters.some(([name, codeFlag]) => name.test(program) && flag === codeFlag)) return [];
  return [
    ownState.test(code)
      ? finding(
          'no-effect',
          place,
          `${program} starts as a new process in the container; it frees and measures nothing in the running server.`,
          'Ask the server itself, through its metrics or an endpoint of its own, or restart it.',
        )
      : finding(
          'new-process',
          place,
          `${program} starts as a new process in the container; what it knows of the running server comes from outside.`,
          'Where the server has metrics or an endpoint for this, ask those.',
        ),
    ...(program.startsWith('python') ? lintImports(place, code) : []),
  ];
}

/** Modules of Python whose names hardly ever stand for anything else. */
const modules = ['collections', 'json', 'math', 'os', 're', 'shutil', 'socket', 'subprocess', 'sys'];

function lintImports(place: Place, code: string): Finding[] {
  // Texts and comments may speak of anything.
  const bare = code.replace(/'''[^]*?'''|"""[^]*?"""|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|#.*/g, '""');
  const missing = modules.filter((name) => {
    const used = new RegExp(`(?<![\\w.])${name}\\.[A-Za-z_]`).test(bare);
    const named = new RegExp(
      `\\b(?:import|as|for)\\b[^\\n;]*\\b${name}\\b|(?<![\\w.])${name}\\s*=|\\bimport\\s*\\*`,
    ).test(bare);
    return used && !named;
  });
  return missing.map((name) =>
    finding(
      'not-imported',
      place,
      `The code uses ${name} and never imports it, so it ends there with a NameError, whatever the system is like.`,
      `Put import ${name} at its beginning.`,
    ),
  );
}
