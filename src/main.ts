#!/usr/bin/env node
// Checked before anything else is loaded: older versions cannot read the sources at all.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(
    `firebreak needs Node 24 or newer; this is ${process.versions.node}. Run it with npm: npm run firebreak -- …\n`,
  );
  process.exit(2);
}
const { run } = await import('./cli.ts');
await run(process.argv.slice(2));
