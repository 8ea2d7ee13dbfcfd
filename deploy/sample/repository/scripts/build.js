import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';

const output = 'dist/csv-to-json.mjs';

execFileSync(
  'esbuild',
  ['src/cli.js', '--bundle', '--platform=node', '--target=node24', '--format=esm', '--minify', `--outfile=${output}`, '--log-level=warning'],
  { stdio: 'inherit' },
);
const converted = execFileSync(process.execPath, [output, 'convert', '--types'], { input: 'name,size\nbundle,1\n', encoding: 'utf8' });
if (JSON.parse(converted)[0].size !== 1) throw new Error(`${output} does not convert: ${converted}`);
console.log(`${output}: ${statSync(output).size} bytes`);
